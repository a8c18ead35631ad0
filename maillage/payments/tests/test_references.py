from hypothesis import given
from hypothesis import strategies as st

from maillage.payments import references
from maillage.payments.references import ALPHABET

bodies = st.text(ALPHABET, min_size=6, max_size=6)


def coded(body: str) -> str:
    return body + references.check_character(body)


@given(bodies)
def test_code_reads_back_however_it_is_typed(body: str) -> None:
    code = coded(body)
    shown = references.shown(code)
    for typed in (code, shown, shown.lower(), f" {code[:2]} {code[2:]} ", code.replace("0", "O").replace("1", "l")):
        assert references.read(typed) == code
    assert code in references.found_in(f"Virement Interac de / {shown} merci")


@given(bodies, st.integers(0, 6), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_caught(body: str, at: int, wrong: str) -> None:
    code = coded(body)
    typed = code[:at] + wrong + code[at + 1 :]
    assert references.read(typed) == (code if typed == code else "")


def test_swaps_of_neighbours_are_caught_but_for_one_pair() -> None:
    missed = set()
    for a in ALPHABET:
        for b in ALPHABET:
            code = coded(f"7K{a}{b}Q2")
            swapped = code[:2] + b + a + code[4:]
            if swapped != code and references.read(swapped):
                missed.add(frozenset((a, b)))
    assert missed <= {frozenset("0Z")}


def test_new_codes_differ_and_never_look_like_a_word_or_an_amount() -> None:
    codes = {references.new_reference() for _ in range(500)}
    assert len(codes) == 500
    assert all(references.read(c) == c and not c.isdigit() and not c.isalpha() for c in codes)


def test_what_is_not_a_code_is_not_read() -> None:
    assert references.read("") == references.read("K7M") == references.read("K7M*PQ4") == ""
    assert references.found_in("Virement Interac de Marie Tremblay") == []


def test_code_with_one_slip_is_found_when_it_is_the_only_one_so_near() -> None:
    known = [coded("7KM2PQ"), coded("AB3C4D")]
    code = known[0]
    wrong = "X" if code[2] != "X" else "Y"
    for typed in (code[:2] + wrong + code[3:], code[:-1], code[:3] + "-" + code[4:3:-1] + code[5:], f"{code}Z"):
        assert references.near_in(f"Virement Interac de / {typed} merci", known) == code
    assert references.near_in("Virement Interac de Marie Tremblay", known) is None
    twins = ["7KM2PQA", "7KM2PQB"]
    assert references.near_in("7KM2PQC", twins) is None  # as near to both: nobody guesses
