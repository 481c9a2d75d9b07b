"""The second act as a whole: what happens to the money once it is captured, and how it adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich.console import Console

from tools.client import Client
from tools.demo.aftermath import CHAPTERS, Lived, Sale, live, sell
from tools.demo.comparing import Comparison
from tools.demo.payday import PaidOut, pay_sellers, sales_of
from tools.replay.amounts import money
from tools.replay.folding import folded
from tools.replay.meter import Meter
from tools.replay.turns import tell

_WORKERS = 2
_PAGE = "50"


@dataclass(slots=True)
class SecondAct:
    """The sales of the second act, and then what became of them."""

    client: Client
    run: str
    chapters: list[Sale]
    paydays: list[Sale]

    @property
    def sales(self) -> list[Sale]:
        """Every sale."""
        return [*self.chapters, *self.paydays]

    def sell(self) -> None:
        """Make the sales, beside the first act: by the second all are booked."""
        list(tell(map(sell, self.sales), workers=1, at_once=len(self.sales)))

    def play(self, console: Console) -> tuple[list[Lived], list[PaidOut]]:
        """Everything at once; payouts go one by one beside it, for they move the PSP's clock."""
        stories = (
            live(chapter, sale) for chapter, sale in zip(CHAPTERS, self.chapters, strict=True)
        )
        lived: list[Lived] = []
        total = len(CHAPTERS) + len(self.paydays)
        with (
            Meter(console, "settled", total, "sales") as meter,
            ThreadPoolExecutor(1) as payday,
        ):
            paid = payday.submit(pay_sellers, self.client, self.paydays)
            for one in tell(stories, workers=_WORKERS, at_once=len(CHAPTERS)):
                lived.append(one)
                meter.advance()
            paid_out = paid.result()
            for _ in paid_out:
                meter.advance()
        return lived, paid_out


def rehearse(client: Client, run: str) -> SecondAct:
    """The second act of a run, nothing of it done yet."""
    chapters = [
        Sale(client, f"{run}-after{number}", chapter.currency)
        for number, chapter in enumerate(CHAPTERS, start=1)
    ]
    return SecondAct(client, run, chapters, sales_of(client, run))


def compare_chapters(client: Client, lived: Sequence[Lived]) -> Comparison:
    """Each seller's wallet against what the story had to leave and the fold of its journals."""
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    for one in sorted(lived, key=lambda one: one.sale.name):
        entries = client.pages(f"/v1/wallets/{one.sale.seller_id}/entries", limit=_PAGE)
        fold = _without_zeroes(folded(one.sale.seller_id, entries).get(one.sale.currency, {}))
        wanted = dict(one.chapter.leaves)
        agrees = dict(one.wallet) == wanted == fold and not one.problems
        if not agrees:
            differences += one.problems
            differences.append(
                f"{one.chapter.title}: wallet {dict(one.wallet)}, journals {fold}, wanted {wanted}"
            )
        shown = ", ".join(f"{name} {money(m, one.sale.currency)}" for name, m in wanted.items())
        rows.append((one.chapter.title, shown or "nothing", _verdict(agrees)))
    title = f"After the sale of {money(lived[0].sale.amount, 'EUR')} each: what the seller has"
    return Comparison(title, ("story", "wallet, equal to the fold", ""), tuple(rows),
                      tuple(differences))  # fmt: skip


def compare_payouts(paid: Sequence[PaidOut]) -> Comparison:
    """Each payout as we, the PSP and the seller's wallet see it."""
    rows: list[tuple[str, ...]] = []
    differences: list[str] = []
    for one in paid:
        ours = str(one.payout.get("status", "none"))
        theirs = [str(payout["status"]) for payout in one.at_psp]
        same = [int(p["amount"]) for p in one.at_psp] == [one.payout.get("amount")]
        wanted = dict(one.story.leaves or {})
        agrees = (
            ours == one.story.ends
            and theirs == [one.story.ends]
            and same
            and dict(one.wallet) == wanted
            and not one.problems
        )
        if not agrees:
            differences += one.problems
            differences.append(
                f"payout that {one.story.title}: {ours}, at the PSP {theirs}, "
                f"wallet {dict(one.wallet)}, wanted {wanted}"
            )
        amount = money(int(one.payout.get("amount", 0)), one.sale.currency)
        rows.append((one.story.title, amount, ours, ", ".join(theirs), _verdict(agrees)))
    columns = ("payout", "amount", "ours", "the PSP's book", "")
    return Comparison("Payouts", columns, tuple(rows), tuple(differences))


def _without_zeroes(balances: Mapping[str, int]) -> dict[str, int]:
    return {name: minor for name, minor in balances.items() if minor}


def _verdict(agrees: bool) -> str:
    return "ok" if agrees else "DIFFERS"
