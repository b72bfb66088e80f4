"""``credit releases``: what was published, what differs, what is sound, and the way back."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orchestration.arguments import HomeOption, JsonOption, print_json, settings_of, store_of
from orchestration.errors import WrongArguments

releases_app = typer.Typer(help="The releases of a home.", no_args_is_help=True)


@releases_app.command("list")
def releases_list(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Every release, the current one marked."""
    from orchestration import screens

    store = store_of(home)
    rows = [
        {
            "release_id": manifest.release_id,
            "as_of_date": manifest.as_of_date.isoformat(),
            "built_at": manifest.built_at.isoformat(),
        }
        for manifest in store.manifests()
    ]
    if as_json:
        print_json({"current": store.current_id(), "releases": rows})
    else:
        screens.show_releases(rows, store.current_id(), store.hold())


@releases_app.command("show")
def releases_show(release_id: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """One release: its tables, digests and audit."""
    from orchestration import screens

    manifest = store_of(home).manifest(release_id)
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        screens.show_release(manifest)


@releases_app.command("diff")
def releases_diff(
    first: Annotated[str, typer.Argument(metavar="A")],
    second: Annotated[str, typer.Argument(metavar="B")],
    home: HomeOption = None,
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Its rows: gov.<table> or open.<table>.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What changed from A to B, table by table, by key; the rows of one table with --table."""
    from orchestration import screens
    from orchestration.publish.difference import differences, row_differences

    if table is not None:
        rows = [
            entry.model_dump(mode="json")
            for entry in row_differences(store_of(home), first, second, table)
        ]
        if as_json:
            print_json({"from": first, "to": second, "table": table, "rows": rows})
        else:
            screens.show_row_differences(rows)
        return
    found = [entry.model_dump() for entry in differences(store_of(home), first, second)]
    if as_json:
        print_json({"from": first, "to": second, "tables": found})
    else:
        screens.show_differences(found)


@releases_app.command("verify")
def releases_verify(
    release_id: Annotated[str | None, typer.Argument()] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check files, digests and databases of a release (the current one); exit 1 if not sound."""
    from orchestration.publish.signature import signature_problems, verify_key
    from orchestration.publish.verify import verify_release

    store = store_of(home)
    chosen = release_id or store.current_id()
    if chosen is None:
        raise WrongArguments(f"{store.home.folder} has no release yet")
    problems = verify_release(store.folder(chosen))
    given = settings_of(home).verify_key
    if given is not None:
        problems += signature_problems(store.folder(chosen), verify_key(given))
    if as_json:
        print_json({"release_id": chosen, "is_sound": not problems, "problems": problems})
    for problem in problems:
        print(f"{chosen}: {problem}", file=sys.stderr)
    if problems:
        raise typer.Exit(1)
    signed = ", signed by the given key" if given is not None else ""
    print(
        f"{chosen} is sound: every file, digest and table as its manifest says{signed}",
        file=sys.stderr,
    )


@releases_app.command("rollback")
def releases_rollback(
    release_id: str,
    home: HomeOption = None,
    re_expose: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why what left may be shown again.")
    ] = None,
) -> None:
    """Let an earlier release be current, and stay so until `resume`."""
    from orchestration.pipeline import user_name
    from orchestration.publish.rollback import rollback

    store = store_of(home)
    with store.home.held():
        rollback(store, release_id, user_name(), re_expose)
    print(f"{release_id} is current; runs do not move it until `resume`", file=sys.stderr)


@releases_app.command("resume")
def releases_resume(home: HomeOption = None) -> None:
    """End the hold of a rollback: the next run moves `current` again."""
    store = store_of(home)
    with store.home.held():
        store.sweep()
        lifted = store.lift_hold()
    print(
        "the hold is lifted; the next run moves `current`" if lifted else "there was no hold",
        file=sys.stderr,
    )
