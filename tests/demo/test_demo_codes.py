"""The made-up codes are valid, and given to nobody."""

from datetime import date

import pytest

from orchestration.catalogue import load_catalogue
from orchestration.demo import identities
from orchestration.demo.names import COUNTY_NAMES
from orchestration.demo.population import connect, sql_of
from orchestration.demo.schedule import Schedule
from tests.oracle.values import identity_check_passes, organisation_code, uscc_check_passes

SCHEDULE = Schedule(date(2020, 2, 1), 40)


@pytest.fixture(scope="module")
def organisations(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("scratch")
    connection = connect(SCHEDULE, 7, 3000, None, 0.0, load_catalogue(), scratch)
    connection.execute("set variable block_first = 0")
    connection.execute("set variable block_last = 3000")
    connection.execute(sql_of("population"))
    return connection


def test_codes_of_the_population_pass_their_checks_and_differ(organisations) -> None:
    rows = organisations.execute("select uscc, org_code from organisation").fetchall()
    assert len({uscc for uscc, _ in rows}) == len(rows) == 3000
    for uscc, org_code in rows:
        assert uscc_check_passes(uscc), uscc
        assert organisation_code(org_code) == org_code
        assert uscc[8:17] == org_code
        assert uscc[2:8] in COUNTY_NAMES


def test_every_kind_of_subject_is_registered_most_are_enterprises(organisations) -> None:
    kinds = dict(
        organisations.execute("select class_code, count(*) from organisation group by 1").fetchall()
    )
    assert set(kinds) == {"91", "92", "93", "51", "12"}
    assert kinds["91"] > 2500


def test_about_sixteen_of_a_hundred_codes_carry_an_abolished_county(organisations) -> None:
    abolished = organisations.execute(
        "select avg((county_code in ('330183', '330185', '330204', '330227', '330283', '330322',"
        " '330621', '330682', '330719', '331021'))::int) from organisation"
    ).fetchone()[0]
    assert 0.13 < abolished < 0.19


def test_sql_and_python_make_the_same_check_characters(organisations) -> None:
    for number in range(40):
        code = identities.uscc("91", "330106", "C", number)
        person = identities.identity_number("19790228", number)
        assert uscc_check_passes(code)
        assert identity_check_passes(person)
        assert organisations.execute(
            "select uscc_check($1), org_code_check($2), identity_check($3)",
            [code[:17], code[8:16], person[:17]],
        ).fetchone() == (code[17], code[16], person[17])


def test_identity_numbers_lie_in_no_division(organisations) -> None:
    numbers = organisations.execute(
        "select identity_number('case', i) from organisation limit 200"
    ).fetchall()
    for (number,) in numbers:
        assert identity_check_passes(number)
        assert number.startswith(identities.SYNTHETIC_DIVISION)
    assert not any(code.startswith(identities.SYNTHETIC_DIVISION) for code in COUNTY_NAMES)


def test_a_repaired_check_digit_of_the_organisation_code_may_be_x_or_zero() -> None:
    checks = {identities.org_code("C", number)[-1] for number in range(200)}
    assert {"X", "0"} <= checks
