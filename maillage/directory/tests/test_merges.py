import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from maillage.core.actions import Refused
from maillage.directory import actions, queries
from maillage.directory.models import Organisation, OrganisationMerge, Role

from .factories import Cast, OrganisationFactory, PersonFactory, TerritoryFactory, give_role


def merged(canonical: Organisation, duplicate: Organisation) -> OrganisationMerge:
    return actions.merge(canonical_id=canonical.pk, duplicate_id=duplicate.pk, by=None)


@pytest.mark.django_db
def test_a_duplicate_keeps_its_rows_and_counts_for_the_canonical_one() -> None:
    kept, gone = OrganisationFactory(), OrganisationFactory()
    person, other = PersonFactory(), PersonFactory()
    give_role(person, gone, "producer")
    twin, left = give_role(other, kept, "staff"), give_role(other, gone, "staff")
    merged(kept, gone)
    gone.refresh_from_db()
    assert gone.merged_into == kept
    assert Role.objects.count() == 3
    assert set(Role.objects.filter(organisation=kept).values_list("person_id", "kind")) == {
        (person.pk, "producer"),
        (other.pk, "staff"),
    }
    assert queries.canonical_ids([kept.pk, gone.pk, 0]) == {kept.pk: kept.pk, gone.pk: kept.pk}
    by_buyer = Role.objects.values(buyer=queries.canonical("organisation")).annotate(n=Count("pk"))
    assert list(by_buyer) == [{"buyer": kept.pk, "n": 3}]
    assert queries.clusters([kept.pk]) == {kept.pk: [kept.pk, gone.pk]}
    assert {twin.pk, left.pk} <= set(Role.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_an_overlapping_role_is_widened_and_given_back() -> None:
    kept, gone = OrganisationFactory(), OrganisationFactory()
    person = PersonFactory()
    ours = Role.objects.create(
        person=person, organisation=kept, kind="staff", during=(date(2024, 1, 1), date(2025, 1, 1))
    )
    Role.objects.create(person=person, organisation=gone, kind="staff", during=(date(2023, 6, 1), None))
    merged(kept, gone)
    ours.refresh_from_db()
    assert (ours.during.lower, ours.during.upper) == (date(2023, 6, 1), None)
    actions.unmerge(organisation_id=gone.pk, by=None)
    ours.refresh_from_db()
    assert (ours.during.lower, ours.during.upper) == (date(2024, 1, 1), date(2025, 1, 1))


@pytest.mark.django_db
def test_chains_are_flattened_and_undone() -> None:
    first, second, third = (
        OrganisationFactory(neq="1143920001"),
        OrganisationFactory(),
        OrganisationFactory(phone="450 555-0100"),
    )
    role = give_role(PersonFactory(), first, "board")
    merged(second, first)
    merged(third, second)
    first.refresh_from_db()
    assert first.merged_into == third
    third.refresh_from_db()
    assert third.neq == "1143920001"
    actions.unmerge(organisation_id=first.pk, by=None)
    for organisation in (first, second, third):
        organisation.refresh_from_db()
    role.refresh_from_db()
    assert (first.merged_into, second.merged_into) == (None, third)
    assert (first.neq, second.neq, third.neq) == ("1143920001", "", "")
    assert role.organisation == first
    actions.unmerge(organisation_id=second.pk, by=None)
    second.refresh_from_db()
    assert second.merged_into is None
    assert not OrganisationMerge.objects.filter(undone_at=None).exists()


@pytest.mark.django_db
def test_unmerging_the_middle_takes_its_own_duplicates_back() -> None:
    first, second, third = (OrganisationFactory() for _ in range(3))
    merged(second, first)
    merged(third, second)
    actions.unmerge(organisation_id=second.pk, by=None)
    first.refresh_from_db()
    assert first.merged_into == second


@pytest.mark.django_db
def test_merging_fills_what_the_canonical_one_does_not_know_and_unmerging_leaves_later_changes() -> None:
    place = TerritoryFactory()
    kept = OrganisationFactory(phone="450 555-0100")
    gone = OrganisationFactory(phone="819 555-0199", email="info@exemple.test", mrc=place)
    merged(kept, gone)
    kept.refresh_from_db()
    assert (kept.phone, kept.email, kept.mrc) == ("450 555-0100", "info@exemple.test", place)
    actions.edit_organisation(organisation_id=kept.pk, values={"email": "nous@exemple.test"}, by=None)
    actions.unmerge(organisation_id=gone.pk, by=None)
    kept.refresh_from_db()
    assert (kept.email, kept.mrc) == ("nous@exemple.test", None)


@pytest.mark.django_db
def test_what_is_merged_refuses_to_merge_again() -> None:
    kept, gone, third = (OrganisationFactory() for _ in range(3))
    with pytest.raises(actions.SameOrganisation):
        merged(kept, kept)
    merged(kept, gone)
    for canonical, duplicate in ((third, gone), (gone, third), (gone, kept)):
        with pytest.raises(actions.AlreadyMerged):
            merged(canonical, duplicate)
    with pytest.raises(actions.NotMerged):
        actions.unmerge(organisation_id=kept.pk, by=None)
    assert OrganisationMerge.objects.count() == 1


@pytest.mark.django_db
def test_the_database_refuses_a_chain() -> None:
    kept, gone, third = (OrganisationFactory() for _ in range(3))
    merged(kept, gone)
    for pk, into in ((third.pk, gone.pk), (kept.pk, third.pk)):
        with pytest.raises(IntegrityError, match="chain"), transaction.atomic():
            Organisation.objects.filter(pk=pk).update(merged_into=into)


# --- race ------------------------------------------------------------------------------------
def both_ways(merge: Callable[[int, int], None], first: int, second: int) -> list[str]:
    """Merge in opposite directions at once; the names of what was raised."""
    raised: list[str] = []
    ready = threading.Barrier(2)

    def run(canonical: int, duplicate: int) -> None:
        try:
            ready.wait(timeout=10)
            merge(canonical, duplicate)
        except (Refused, IntegrityError) as error:
            raised.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return raised


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_opposite_merges_at_once_make_no_cycle() -> None:
    def safe(canonical: int, duplicate: int) -> None:
        actions.merge(canonical_id=canonical, duplicate_id=duplicate, by=None)

    for _ in range(8):
        first, second = OrganisationFactory(), OrganisationFactory()
        raised = both_ways(safe, first.pk, second.pk)
        assert raised == ["AlreadyMerged"]
        standing = Organisation.objects.filter(pk__in=[first.pk, second.pk], merged_into=None)
        assert standing.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_lock_and_trigger_the_race_makes_a_cycle() -> None:
    first, second = OrganisationFactory(), OrganisationFactory()
    checked = threading.Barrier(2)

    def unsafe(canonical: int, duplicate: int) -> None:
        with transaction.atomic():
            rows = Organisation.objects.in_bulk([canonical, duplicate])
            assert all(o.merged_into_id is None for o in rows.values())
            checked.wait(timeout=10)
            Organisation.objects.filter(pk=duplicate).update(merged_into_id=canonical)

    def alter(what: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE directory_organisation {what} TRIGGER organisation_no_merge_chain")

    alter("DISABLE")
    try:
        both_ways(unsafe, first.pk, second.pk)
        assert not Organisation.objects.filter(merged_into=None).exists()
    finally:
        Organisation.objects.update(merged_into=None)
        alter("ENABLE")


# --- finding them ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_likely_duplicates_are_alike_in_name_and_place(cast: Cast) -> None:
    here, there = TerritoryFactory(), TerritoryFactory()
    one = OrganisationFactory(name="Les Jardins d'Émilie inc.", mrc=here)
    two = OrganisationFactory(name="Jardins d'Emilie", mrc=here)
    OrganisationFactory(name="Jardins d'Emilie", mrc=there)
    OrganisationFactory(name="Ferme du Rang", mrc=here)
    pairs = [(p.first, p.second) for p in queries.likely_duplicates(user=cast.admin.account)]
    assert pairs == [(one, two)]
    actions.mark_distinct(first_id=two.pk, second_id=one.pk, by=cast.admin.account)
    assert queries.likely_duplicates(user=cast.admin.account) == []


@pytest.mark.django_db
def test_the_same_telephone_makes_a_half_like_name_suspect(cast: Cast) -> None:
    here, there = TerritoryFactory(), TerritoryFactory()
    OrganisationFactory(name="Ferme Tournesol", mrc=here, phone="450 555-0142")
    OrganisationFactory(name="Tournesol, maraîchage biologique", mrc=there, phone="450 555-0142")
    OrganisationFactory(name="Garage Untel", mrc=there, phone="450 555-0142")
    [pair] = queries.likely_duplicates(user=cast.admin.account)
    assert pair.reasons == ("Même téléphone",)


@pytest.mark.django_db
def test_two_different_neq_are_two_enterprises(cast: Cast) -> None:
    here = TerritoryFactory()
    OrganisationFactory(name="Ferme du Ruisseau", mrc=here, neq="1143920010")
    OrganisationFactory(name="Ferme du Ruisseaux", mrc=here, neq="1143920011")
    assert queries.likely_duplicates(user=cast.admin.account) == []


@pytest.mark.django_db
def test_similar_organisations_are_found_before_one_is_added_twice() -> None:
    here = TerritoryFactory()
    known = OrganisationFactory(name="Coopérative La Mauve", mrc=here, neq="1143920020")
    assert queries.similar_organisations(name="La mauve coop") == [known]
    assert queries.similar_organisations(name="Tout autre chose", neq="1143920020") == [known]
    assert queries.similar_organisations(name="La Mauve", mrc_id=TerritoryFactory().pk) == []
    assert queries.similar_organisations(name="") == []


@pytest.mark.django_db
def test_likely_duplicates_take_a_constant_number_of_statements(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    here = TerritoryFactory()
    for n in range(30):
        OrganisationFactory(name=f"Boulangerie du Pont {n % 5}", mrc=here)
    with django_assert_num_queries(2):
        assert queries.likely_duplicates(user=cast.admin.account)
