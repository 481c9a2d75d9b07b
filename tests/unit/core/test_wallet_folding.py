from functools import partial

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.accounts import parse_account
from countinghouse.domain.errors import Conflict
from countinghouse.domain.ledger import Journal
from countinghouse.domain.posting import Posting
from countinghouse.domain.wallet import Wallet, WalletAddress, buckets, control_account
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT, fold_reference
from countinghouse.wallet_folding import RACES_MAX, fold_sub_wallets
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.payouts import movement

FIRST = WalletAddress("seller:s1", "EUR")
CAUSE = "payout:po_1:fold"


def address(shard: int) -> WalletAddress:
    return WalletAddress("seller:s1", "EUR", shard)


def earned(minor: int, shard: int, reference: str = "earned", currency: str = "EUR") -> Journal:
    legs = {"seller_available:s1": -minor}
    return movement(f"{reference} {shard}", legs, currency, wallet_shard=shard)


def owed(minor: int, shard: int) -> Journal:
    return movement(f"owed {shard}", {"seller_receivable:s1": minor}, wallet_shard=shard)


@pytest.fixture
def ledger() -> FakeLedger:
    ledger = FakeLedger()
    journals = [earned(500, 1), owed(120, 2), earned(80, 3), earned(40, 0)]
    assert book(journals, ledger, ledger) == {}
    return ledger


def fold(ledger: FakeLedger) -> Wallet:
    return fold_sub_wallets(FIRST, CAUSE, ledger, FakeClock())


def held(ledger: FakeLedger, *shards: int) -> dict[str, int]:
    wallets = ledger.wallets(address(shard) for shard in shards).values()
    return {name: minor for name, minor in buckets(wallets)["EUR"].items() if minor}


def between(ledger: FakeLedger) -> int:
    """What stands between wallets, over all of them."""
    return sum(
        minor
        for wallet in ledger.wallet_rows.values()
        for name, minor in wallet.balances.items()
        if control_account(name) == "inter_wallet"
    )


def test_everything_available_and_owed_comes_together_in_the_first(ledger: FakeLedger) -> None:
    first = fold(ledger)

    assert held(ledger, 0) == {"available": 500}
    assert held(ledger, 1, 2, 3) == {}
    assert first == ledger.wallets([FIRST])[FIRST]
    assert between(ledger) == 0
    assert all(wallet.total == 0 for wallet in ledger.wallet_rows.values())


def test_a_repeat_finds_nothing_to_do(ledger: FakeLedger) -> None:
    first = fold(ledger)
    commits = len(ledger.commits)

    assert fold(ledger) == first
    assert len(ledger.commits) == commits


def test_money_is_never_between_two_wallets(ledger: FakeLedger) -> None:
    """Each fold is one transaction of both wallets, so a crash leaves the rest as it was."""
    before = len(ledger.commits)

    fold(ledger)

    moved = [[new.address.shard for _, new in one.wallets] for one in ledger.commits[before:]]
    assert moved == [[0, 1], [0, 2], [0, 3]] or moved == [[1, 0], [2, 0], [3, 0]]


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_crash_on_the_way_is_finished_by_a_repeat(ledger: FakeLedger, done: int) -> None:
    class Crash(Exception):
        pass

    def crash() -> None:
        raise Crash

    ledger.interfere += [*([lambda: None] * done), crash]
    with pytest.raises(Crash):
        fold(ledger)
    assert held(ledger, 0, 1, 2, 3)["available"] - held(ledger, 0, 1, 2, 3).get("debt", 0) == 500
    assert between(ledger) == 0

    fold(ledger)

    assert held(ledger, 0) == {"available": 500}


def test_an_answer_that_was_lost_is_not_folded_twice(ledger: FakeLedger) -> None:
    commit = ledger.commit
    lost: list[Posting] = []

    def loses_its_first_answer(posting: Posting) -> tuple[Journal, ...]:
        booked = commit(posting)
        if not lost:
            lost.append(posting)
            raise Conflict("the answer was lost")
        return booked

    ledger.commit = loses_its_first_answer  # type: ignore[method-assign]

    fold(ledger)

    assert held(ledger, 0) == {"available": 500}
    assert len(ledger.journals(fold_reference(address(1)))) == 2


@pytest.mark.parametrize("shard", [0, 1])
def test_a_wallet_that_moves_under_it_is_read_again(ledger: FakeLedger, shard: int) -> None:
    late = earned(7, shard, "late")
    ledger.interfere.append(partial(book, [late], ledger, ledger))

    fold(ledger)

    assert held(ledger, 0) == {"available": 507}


def test_one_that_keeps_moving_is_left_as_it_is(ledger: FakeLedger) -> None:
    def interfere(number: int) -> None:
        ledger.interfere, kept = [], ledger.interfere
        book([earned(1, 1, f"late{number}")], ledger, ledger)
        ledger.interfere = kept

    ledger.interfere += [partial(interfere, number) for number in range(RACES_MAX)]

    with pytest.raises(Conflict, match="seller:s1#EUR#1"):
        fold(ledger)

    assert held(ledger, 1) == {"available": 500 + RACES_MAX}


def test_other_sellers_and_currencies_stay_where_they_are(ledger: FakeLedger) -> None:
    other = movement("other", {"seller_available:s2": -9}, wallet_shard=1)
    yen = earned(70, 2, "yen", "JPY")
    assert book([other, yen], ledger, ledger) == {}

    fold(ledger)

    rest = buckets(w for w in ledger.wallet_rows.values() if w.address != FIRST)
    assert rest["JPY"]["available"] == 70
    (theirs,) = ledger.wallets_of("seller:s2")
    assert buckets([theirs])["EUR"]["available"] == 9


def test_a_seller_with_one_wallet_is_read_and_left_alone() -> None:
    ledger = FakeLedger()
    assert fold(ledger) == Wallet(FIRST)
    book([earned(5, 0)], ledger, ledger)

    assert buckets([fold(ledger)])["EUR"]["available"] == 5
    assert len(ledger.commits) == 1


def test_the_journals_name_both_sides_and_who_asked(ledger: FakeLedger) -> None:
    fold(ledger)

    out, into = sorted(ledger.journals(fold_reference(address(1))), key=lambda j: -j.wallet_shard)
    assert (out.kind, into.kind) == (FOLD_OUT, FOLD_IN)
    assert {out.cause, into.cause} == {CAUSE}
    assert [str(leg.account.name) for leg in out.legs] == ["seller_available:s1", "inter_wallet"]
    assert parse_account("inter_wallet") in {leg.account for leg in into.legs}
