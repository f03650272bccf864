"""Texts as vectors by a model at an OpenAI-compatible endpoint; it has its own vector space, so its own collections."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from aitoll.knowledge.centre import normalised
from aitoll.knowledge.embeddings import LONGEST_PASSAGE, LONGEST_QUESTION, REMEMBERED, clean
from aitoll.settings import SettingsError
from aitoll.tools.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aitoll.knowledge.embeddings import Vectors
    from aitoll.settings import Settings

BATCH = 64


class Remote:
    def __init__(self, settings: Settings) -> None:
        if settings.openai_base_url is None and settings.openai_api_key is None:
            raise SettingsError(
                "AITOLL_EMBEDDINGS", repr(settings.embeddings), "auto, embedded or lexical would do without OPENAI_BASE_URL or a key"
            )
        self._settings = settings
        self.model = settings.embeddings
        place = hashlib.sha256((settings.openai_base_url or "").encode()).hexdigest()[:8]
        self.fingerprint = f"{self.model}-{place}"
        self._question = lru_cache(maxsize=REMEMBERED)(lambda text: self._ask([text])[0])

    @cached_property
    def dimension(self) -> int:
        return len(self._question("dimension"))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        return np.stack([self._question(clean(text, LONGEST_QUESTION)) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        cleaned = [clean(text, LONGEST_PASSAGE) for text in texts]
        return np.concatenate([self._ask(cleaned[start : start + BATCH]) for start in range(0, len(cleaned), BATCH)])

    @cached_property
    def _client(self) -> Any:
        from openai import OpenAI

        key = self._settings.openai_api_key
        return OpenAI(
            base_url=self._settings.openai_base_url,
            api_key=key.get_secret_value() if key else "none",  # a local server asks for none, the client does
            timeout=self._settings.timeout_s,
        )

    def _ask(self, texts: list[str]) -> Vectors:
        import numpy as np
        from openai import OpenAIError

        try:
            # Some compatible servers know no base64, which the client would ask for.
            answer = self._client.embeddings.create(model=self.model, input=texts, encoding_format="float")
        except OpenAIError as error:
            raise self._fault(" ".join(str(error).split())[:300]) from error
        rows = sorted(answer.data or [], key=lambda row: row.index)
        if len(rows) != len(texts):
            raise self._fault(f"it gave {len(rows)} vectors for {len(texts)} texts")
        try:
            vectors = np.asarray([row.embedding for row in rows], np.float32)
        except (TypeError, ValueError) as error:
            raise self._fault("its vectors are of several lengths or no numbers") from error
        if vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise self._fault("its vectors hold what is no number")
        return normalised(vectors)

    def _fault(self, why: str) -> StoreFault:
        what = f"the embedding model {self.model} does not answer as it should ({why}); the calculators still work"
        return StoreFault(key="model", model=self.model, why=why, detail=what)
