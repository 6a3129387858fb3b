"""Tracks that somebody has before them are kept from others, for a while."""

from vmr.page.leases import LEASE_S, MOST, VISITS, Leases


def test_a_lease_keeps_a_track_from_others_until_it_is_let_go_or_old():
    leases = Leases()
    leases.hold("a", ["1", "2"], now=0)
    leases.hold("b", ["3"], now=LEASE_S / 2)
    assert leases.of_others("a", LEASE_S - 1) == {"3"}
    assert leases.of_others("b", LEASE_S - 1) == {"1", "2"}
    assert leases.of_others("b", LEASE_S + 1) == frozenset()
    leases.hold("b", ["4"], now=LEASE_S)
    assert leases.of_others("a", LEASE_S + 1) == {"4"}


def test_one_visit_and_all_visits_hold_only_so_many():
    leases = Leases()
    leases.hold("a", [str(i) for i in range(MOST + 5)], now=0)
    assert len(leases.of_others("", 1)) == MOST
    for i in range(VISITS + 5):
        leases.hold(f"visit {i}", [f"item {i}"], now=0)
    assert len(leases.of_others("", 1)) == VISITS
