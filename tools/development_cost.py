"""From the final run to the whole development: experiments before it, and staff."""

from __future__ import annotations

from pydantic import Field

from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.inputs import number
from aitoll.tools.training_cost import TrainingCost, training_cost


class DevelopmentCost(TrainingCost):
    """What does the whole development cost, from the cost of the final run: experiments, failed runs and staff?"""

    cost: float | None = number("USD", "Cost of the final run; left out: that of the run described", gt=0, le=1e15)
    multiplier: float | None = number("1", "All computing of the development over that of the final run", ge=1, le=1000)
    staff: bool = Field(False, description="Whether staff is wanted on top of the computing")
    staff_share: float | None = number("1", "Share of staff in the whole development", ge=0, le=0.95)
    project_cost: float | None = number("USD", "Cost of the whole development; then the answer is that of the final run", gt=0, le=1e15)
    final_share: float | None = number("1", "Share of the final run in the whole development", gt=0, le=1)


def development_cost(asked: DevelopmentCost) -> list[Estimate]:
    if asked.has("project_cost"):
        asked.need("final_share")
        whole, part = asked.given("project_cost"), asked.given("final_share")
        return [estimate(part_of_project, name="final_run_cost", unit="USD", project_cost=whole, final_share=part)]
    computing = estimate(all_computing, name="development_compute_cost", unit="USD", cost=final_run(asked), multiplier=times(asked))
    if not (asked.staff or asked.has("staff_share")):
        return [computing]
    share = asked.or_constant("staff_share", "staff-share-of-development-cost")
    return [estimate(with_staff, name="development_cost", unit="USD", computing=computing, staff_share=share), computing]


def final_run(asked: DevelopmentCost) -> Input:
    return asked.given("cost") if asked.has("cost") else training_cost(run_of(asked))[0]


def run_of(asked: DevelopmentCost) -> TrainingCost:
    """The run alone, so that a published cost is still found."""
    own = {field: getattr(asked, field) for field in TrainingCost.model_fields}
    return TrainingCost(**own).with_ranges(asked._ranges)


def times(asked: DevelopmentCost) -> Input:
    return asked.or_constant("multiplier", "development-multiplier")


def all_computing(cost: float, multiplier: float) -> float:
    return cost * multiplier


def with_staff(computing: float, staff_share: float) -> float:
    # Staff is a share of the whole, so the rest is divided by what remains.
    return computing / (1 - staff_share)


def part_of_project(project_cost: float, final_share: float) -> float:
    return project_cost * final_share
