// The page: it sends questions, shows what the server made of them, and lets assumptions be changed in place.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const words = JSON.parse($("#texts").textContent);
const language = document.documentElement.lang;
const say = (key, facts = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => facts[name]);

// All markup comes from our server, which escapes what is not its own; this is the one door it comes in by.
const policy = window.trustedTypes?.createPolicy("aitoll", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

function fragment(html) {
  const holder = document.createElement("template");
  holder.innerHTML = policy.createHTML(html);
  return holder.content;
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

async function post(path, body, signal) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? response.statusText);
}

// The conversation

const log = $("#log");
const form = $("#ask");
const box = $("#question");
const progress = $("#progress");
const asked = [...document.querySelectorAll(".question")].map((one) => one.textContent);
let conversation = new URLSearchParams(location.search).get("c") ?? fresh();
let running = null;
let turns = Promise.resolve();

function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function remember() {
  history.replaceState(null, "", `/?c=${conversation}`);
  const link = $("#language");
  link.href = `/?lang=${link.lang}&c=${conversation}`;
}

// One question after another: what is asked while an answer arrives waits for it.
function ask(question) {
  if (!question.trim()) return;
  $("#welcome")?.remove();
  box.value = "";
  asked.push(question);
  const shown = element("h2", question, { class: "question" });
  log.append(shown);
  shown.scrollIntoView({ block: "start" });
  turns = turns.then(() => answer(question, shown));
}

async function answer(question, shown) {
  running = new AbortController();
  busy(true);
  progress.textContent = say("working");
  remember();
  try {
    const response = await post("/page/ask", { question, conversation }, running.signal);
    for await (const [name, body] of events(response.body)) await show(name, body, shown);
  } catch (error) {
    fail(error);
    box.value ||= question; // to be asked again without typing it again
  } finally {
    running = null;
    busy(false);
  }
}

function fail(error) {
  if (error.name === "AbortError") progress.textContent = say("stopped");
  else progress.textContent = error instanceof TypeError ? say("offline") : say("fault", { detail: error.message });
}

function busy(yes) {
  $("#send").hidden = yes;
  $("#stop").hidden = !yes;
  log.setAttribute("aria-busy", yes);
}

// What has been shown stays: the article is begun, its text comes block by block, then figures, charts and sources.
async function show(name, body, shown) {
  if (name === "problem") throw new Error(body.detail);
  if (name === "progress") progress.textContent = body.said;
  if (name === "begin") {
    progress.textContent = "";
    shown.after(fragment(body.html));
    shown.scrollIntoView({ block: "start" });
  }
  if (name === "text") await reveal(fragment(body.html), $(".text", shown.nextElementSibling));
  if (name === "rest") shown.nextElementSibling.append(fragment(body.html));
}

// A page that is not seen is not drawn, and waits for nothing.
const drawn = () => new Promise((go) => (document.hidden ? go() : (requestAnimationFrame(go), setTimeout(go, 50))));
const STREAM_MS = 40; // for all blocks of a text together: seen to arrive, and not waited for

async function reveal(blocks, text) {
  const until = performance.now() + STREAM_MS;
  for (const block of [...blocks.childNodes]) {
    text.append(block);
    if (performance.now() < until) await drawn();
  }
}

// Server-sent events over POST, which EventSource cannot do.
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const [, name, data] = part.match(/^event: (.*)\ndata: (.*)$/);
      yield [name, JSON.parse(data)];
    }
  }
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(box.value);
});

box?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask(box.value);
  } else if (event.key === "ArrowUp" && !box.value && asked.length) {
    event.preventDefault();
    box.value = asked.at(-1);
  }
});

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !writing && box) {
    event.preventDefault();
    box.focus();
  }
  if (event.key === "Escape") running?.abort();
});

// A card

function number(text) {
  const plain = text.replace(/[\s\u202f\u00a0]/g, "");
  const cut = plain.replace(language === "fr" || !/,\d{3}\b/.test(plain) ? /,/g : /$^/, ".").replace(/,/g, "");
  if (cut === "" || !Number.isFinite(Number(cut))) throw new Error(say("number", { value: text }));
  return Number(cut);
}

function reading(input) {
  if (input.type === "checkbox") return input.checked;
  const text = input.value.trim();
  if (input.dataset.table || !text) return text || null;
  const ends = text.split("..").map(number);
  return ends.length === 2 ? ends : ends[0];
}

function inputs(card) {
  const found = JSON.parse(card.dataset.arguments);
  for (const input of card.querySelectorAll(".assumptions form:first-of-type [name]")) {
    if (input.dataset.changed) found[input.name] = reading(input);
  }
  return found;
}

async function recompute(card) {
  const results = $(".results", card);
  const fault = $(".fault", card);
  const turn = (card.turn = (card.turn ?? 0) + 1);
  results.classList.add("stale");
  try {
    const spoken = card.closest(".answer").lang;
    const response = await post(`/page/calculate/${card.dataset.tool}`, { inputs: inputs(card), language: spoken });
    const { html, problem } = await response.json();
    if (turn !== card.turn) return;
    if (problem) throw new Error(problem);
    results.replaceChildren(fragment(html));
    refill(card, JSON.parse($("data", results).value));
    fault.textContent = "";
    results.classList.remove("stale");
  } catch (error) {
    if (turn === card.turn) fault.textContent = error.message;
  }
}

// Fields that nobody changed follow the figures: another place brings another grid.
function refill(card, { values, names }) {
  for (const input of card.querySelectorAll(".assumptions form:first-of-type [name]")) {
    if (!input.dataset.changed && values[input.name] !== undefined) input.value = values[input.name];
    if (names[input.name]) input.nextElementSibling.textContent = names[input.name];
  }
}

async function compare(card, target) {
  const place = $(".compared", target);
  const over = $("[name=over]", target);
  const isName = over.selectedOptions[0].dataset.table;
  try {
    const given = $("[name=values]", target);
    const text = given.value.trim() || given.placeholder;
    const values = text.split(text.includes(";") ? ";" : ",").map((one) => one.trim()).filter(Boolean);
    const body = { inputs: inputs(card), over: over.value, values: isName ? values : values.map(number), language: card.closest(".answer").lang };
    const response = await post(`/page/compare/${card.dataset.tool}`, body);
    const { html, problem } = await response.json();
    if (problem) throw new Error(problem);
    place.replaceChildren(fragment(html));
  } catch (error) {
    place.textContent = error.message;
  }
}

function another(select) {
  const option = select.selectedOptions[0];
  if (!option.value) return;
  const label = element("label", option.textContent);
  const control = element("span", "", { class: "control" });
  const input = element("input", "", { name: option.value });
  if (option.dataset.table) {
    input.dataset.table = option.dataset.table;
    input.setAttribute("list", `names-${option.dataset.table}`);
  }
  control.append(input, element("span", option.dataset.unit === "1" ? "" : option.dataset.unit, { class: "unit" }));
  label.append(control);
  select.closest("label").before(label);
  option.remove();
  input.focus();
}

async function offerNames(table) {
  const id = `names-${table}`;
  if (document.getElementById(id)) return;
  const list = element("datalist", "", { id });
  document.body.append(list);
  const names = await (await fetch(`/page/names/${table}?lang=${language}`)).json();
  list.append(...Object.entries(names).map(([value, name]) => element("option", name, { value })));
}

let pause;
log?.addEventListener("input", (event) => {
  const card = event.target.closest(".card");
  if (!card || !event.target.matches(".assumptions form:first-of-type [name]")) return;
  event.target.dataset.changed = "yes";
  clearTimeout(pause);
  pause = setTimeout(() => recompute(card), 120);
});

log?.addEventListener("focusin", (event) => event.target.dataset.table && event.target.matches("input") && offerNames(event.target.dataset.table));
log?.addEventListener("change", (event) => {
  if (event.target.matches("select.more")) another(event.target);
  if (event.target.matches("[name=over]")) $("[name=values]", event.target.form).placeholder = event.target.selectedOptions[0].dataset.example;
});
log?.addEventListener("submit", (event) => {
  event.preventDefault();
  const card = event.target.closest(".card");
  if (event.target.matches(".comparison")) compare(card, event.target);
  else recompute(card);
});

// What can be done with an answer

log?.addEventListener("click", (event) => {
  const target = event.target;
  const answer = target.closest(".answer");
  if (target.matches(".mark")) openSource(event, target);
  else if (target.matches(".thumb")) thumb(answer, target);
  else if (target.matches(".link")) copyLink(answer);
  else if (target.matches(".save-svg")) save($("svg", target.closest("figure")));
});

function openSource(event, mark) {
  event.preventDefault();
  const source = document.getElementById(mark.hash.slice(1));
  document.querySelectorAll("details.lit").forEach((one) => one.classList.remove("lit"));
  source.open = true;
  source.classList.add("lit");
  $("summary", source).focus();
  source.scrollIntoView({ block: "nearest" });
}

const why = $("#why");

function thumb(answer, button) {
  why.returnValue = "";
  $("#why-text").value = "";
  why.showModal();
  why.onclose = () => why.returnValue === "send" && give(answer, button, $("#why-text").value);
}

async function give(answer, button, reason) {
  const { id, conversation: held } = answer.dataset;
  await tell(answer, async () => {
    await post("/api/v1/feedback", { answer: id, conversation: held, thumb: button.dataset.thumb, reason });
    for (const one of answer.querySelectorAll(".thumb")) one.setAttribute("aria-pressed", one === button);
    return say("thanks");
  });
}

async function copyLink(answer) {
  const { id, conversation: held } = answer.dataset;
  await tell(answer, async () => {
    const made = await (await post(`/api/v1/conversations/${held}/answers/${id}/link`, {})).json();
    const link = new URL(made.path, location.href).href;
    await navigator.clipboard?.writeText(link).catch(() => {});
    return say("copied", { link });
  });
}

async function tell(answer, work) {
  const place = $(".said", answer);
  place.textContent = await work().catch((error) => say("fault", { detail: error.message }));
}

// By itself the picture needs its title.
function titled(svg) {
  const copy = svg.cloneNode(true);
  const { width, height } = svg.viewBox.baseVal;
  const title = document.createElementNS(svg.namespaceURI, "text");
  title.textContent = $("title", svg).textContent;
  for (const [name, value] of Object.entries({ x: 17, y: -10, "font-weight": "bold", fill: "currentColor" })) title.setAttribute(name, value);
  copy.setAttribute("viewBox", `0 -36 ${width} ${height + 36}`);
  copy.append(title);
  return new XMLSerializer().serializeToString(copy);
}

function save(svg) {
  const blob = new Blob([titled(svg)], { type: "image/svg+xml" });
  const link = element("a", "", { href: URL.createObjectURL(blob), download: "aitoll.svg" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// History

const past = $("#history");

async function listPast() {
  const found = await (await fetch("/api/v1/conversations")).json();
  const lines = found.map((one) => {
    const line = element("li", "");
    const link = element("a", one.first_question, { href: `/?c=${encodeURIComponent(one.id)}` });
    const gone = element("button", say("forget"), { type: "button", "aria-label": `${say("forget")}: ${one.first_question}` });
    gone.onclick = async () => {
      await fetch(`/api/v1/conversations/${encodeURIComponent(one.id)}`, { method: "DELETE" });
      if (one.id === conversation) location.assign("/");
      else listPast();
    };
    line.append(link, element("span", say("turns", one)), gone);
    return line;
  });
  $("#conversations").replaceChildren(...(lines.length ? lines : [element("li", say("none"))]));
  const here = found.some((one) => one.id === conversation);
  $("#whole").hidden = !here;
  for (const link of document.querySelectorAll("#whole a")) link.href = `/api/v1/conversations/${conversation}/export?format=${link.dataset.format}`;
}

$("#history-open")?.addEventListener("click", async () => {
  await listPast();
  past.showModal();
});
$("#forget-all")?.addEventListener("click", async () => {
  if (!confirm(say("sure"))) return;
  await fetch("/api/v1/conversations", { method: "DELETE" });
  location.assign("/");
});

document.querySelectorAll("dialog .close").forEach((one) => one.addEventListener("click", () => one.closest("dialog").close()));
$("#new")?.addEventListener("click", () => location.assign("/"));
$("#stop")?.addEventListener("click", () => running?.abort());
$("#main").addEventListener("click", (event) => event.target.matches(".suggestion") && ask(event.target.textContent));

$("#theme")?.addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("aitoll-theme", next);
  } catch {
    // storage is forbidden: it holds for this page only
  }
});

if (asked.length) log?.lastElementChild?.previousElementSibling?.scrollIntoView();
if (new URLSearchParams(location.search).has("lang") && location.search.includes("c=")) remember();
