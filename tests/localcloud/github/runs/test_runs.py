"""Whole runs: what a push leads to, with the real act in a sandbox."""

import pytest

from localcloud.github.models import Environment

from ..conftest import WorkTree
from .conftest import Played, conclusions, log_of, messages, statuses


async def test_jobs_run_in_order_and_hand_on_their_outputs(played: Played) -> None:
    run = await played.push(
        """
        name: Ship it
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            outputs:
              word: ${{ steps.say.outputs.word }}
              odd: ${{ steps.say.outputs.odd }}
            steps:
              - id: say
                run: |
                  echo "word=hello" >> "$GITHUB_OUTPUT"
                  echo 'odd=${{ '${{ secrets.X }}' }}' >> "$GITHUB_OUTPUT"
                  echo "# Well done" >> "$GITHUB_STEP_SUMMARY"
          deploy:
            needs: test
            if: github.ref == 'refs/heads/main'
            runs-on: ubuntu-24.04
            steps:
              - name: Say ${{ needs.test.outputs.word }}
                env: {ODD: "${{ needs.test.outputs.odd }}"}
                run: echo "got ${{ needs.test.outputs.word }} $GITHUB_SHA $ODD"
              - if: failure()
                run: echo never
        """
    )
    assert (run.status, run.conclusion, run.refused) == ("completed", "success", None), messages(run)
    assert conclusions(run) == {"test": "success", "deploy": "success"}
    assert f"got hello {run.sha} ${{{{ secrets.X }}}}" in log_of(run)
    assert [step.name for step in run.jobs[1].steps] == ["Set up job", "Say hello", "Run echo never", "Complete job"]
    assert [step.conclusion for step in run.jobs[1].steps] == ["success", "success", "skipped", "success"]
    assert run.summary == "# Well done\n\n"
    assert statuses(played, run.sha) == {"Ship it / test (push)": "success", "Ship it / deploy (push)": "success"}


async def test_a_failed_job_ends_what_needs_it(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          test:
            runs-on: ubuntu-latest
            steps: [{run: "echo oh; exit 3"}, {run: echo never}, {if: always(), run: echo tidy}]
          deploy: {needs: test, runs-on: ubuntu-latest, steps: [{run: echo deployed}]}
          clean: {needs: test, if: always(), runs-on: ubuntu-latest, steps: [{run: "echo is ${{ needs.test.result }}"}]}
          tell: {needs: deploy, if: failure(), runs-on: ubuntu-latest, steps: [{run: echo told}]}
        """
    )
    assert run.conclusion == "failure"
    assert conclusions(run) == {"test": "failure", "deploy": "skipped", "clean": "success", "tell": "success"}
    assert [step.conclusion for step in run.jobs[0].steps] == ["success", "failure", "skipped", "success", "success"]
    assert "Process completed with exit code 3." in messages(run)
    assert "is failure" in log_of(run)
    assert "deployed" not in log_of(run)
    found = run.failed_step()
    assert found and found[1].log[-1] == "##[error]Process completed with exit code 3."
    assert statuses(played, run.sha)[".github/workflows/a.yml / deploy (push)"] == "success"  # skipped counts so


async def test_continue_on_error_of_a_job_is_not_the_runs_failure(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          test: {runs-on: ubuntu-latest, continue-on-error: true, steps: [{run: exit 1}]}
          deploy: {needs: test, runs-on: ubuntu-latest, steps: [{run: "echo is ${{ needs.test.result }}"}]}
        """
    )
    assert run.conclusion == "success"
    assert conclusions(run) == {"test": "failure", "deploy": "success"}
    assert "is success" in log_of(run)


async def test_pipes_need_shell_bash_to_fail(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          loose: {runs-on: ubuntu-latest, steps: [{run: "false | cat"}]}
          strict: {runs-on: ubuntu-latest, steps: [{run: "false | cat", shell: bash}]}
        """
    )
    assert conclusions(run) == {"loose": "success", "strict": "failure"}


async def test_a_matrix_is_a_job_for_each_combination(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          list:
            runs-on: ubuntu-latest
            outputs: {py: "${{ steps.x.outputs.py }}"}
            steps:
              - id: x
                run: echo 'py=[3.11,"x"]' >> $GITHUB_OUTPUT
          test:
            needs: list
            runs-on: ${{ matrix.os }}
            strategy:
              fail-fast: false
              matrix: {os: [ubuntu-latest], py: "${{ fromJSON(needs.list.outputs.py) }}"}
            name: On ${{ matrix.py }}
            continue-on-error: ${{ matrix.py == 'x' }}
            steps:
              - run: echo "with ${{ matrix.py }}"; test "${{ matrix.py }}" != x
        """
    )
    assert run.conclusion == "success", messages(run)
    assert conclusions(run) == {
        "list": "success",
        "On 3.11": "success",
        "On x": "failure",
    }
    shown = statuses(played, run.sha)
    assert {name.split(" / ")[1]: state for name, state in shown.items()} == {
        "list (push)": "success",
        "On 3.11 (push)": "success",
        "On x (push)": "failure",
    }
    assert "with 3.11" in log_of(run)


async def test_one_that_fails_ends_the_others_of_its_matrix(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          test:
            strategy: {matrix: {n: [1, 2, 3, 4]}}
            runs-on: ubuntu-latest
            steps: [{run: 'sleep $(( ${{ matrix.n }} == 1 ? 1 : 60 )); exit 1'}]
        """
    )
    assert conclusions(run)["test (1)"] == "failure"
    assert set(list(conclusions(run).values())[1:]) == {"cancelled"}


async def test_a_reusable_workflow_is_run_with_its_jobs(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          call: {uses: ./.github/workflows/b.yml, with: {word: hi}, secrets: inherit}
          after: {needs: call, runs-on: ubuntu-latest, steps: [{run: "echo after ${{ needs.call.outputs.said }}"}]}
        """,
        {
            ".github/workflows/b.yml": """
                on:
                  workflow_call:
                    inputs: {word: {type: string}}
                    outputs: {said: {value: "${{ jobs.inner.outputs.said }}"}}
                jobs:
                  inner:
                    runs-on: ubuntu-latest
                    outputs: {said: "${{ steps.s.outputs.said }}"}
                    steps: [{id: s, run: 'echo "said=${{ inputs.word }}!" >> $GITHUB_OUTPUT'}]
                  second: {needs: inner, runs-on: ubuntu-latest, steps: [{run: echo second}]}
            """
        },
    )
    assert conclusions(run) == {"call / inner": "success", "call / second": "success", "after": "success"}, messages(
        run
    )
    assert "after hi!" in log_of(run)
    assert run.jobs[2].needs == ("call / second",)


async def test_jobs_of_a_called_workflow_may_have_the_names_of_others(played: Played) -> None:
    called = """
        on: workflow_call
        jobs:
          test: {runs-on: ubuntu-latest, steps: [{run: "echo called with $WORD", env: {WORD: "${{ secrets.WORD }}"}}]}
    """
    played.repository.secrets["WORD"] = "w-o-r-d"
    run = await played.push(
        """
        on: push
        jobs:
          test: {uses: ./.github/workflows/b.yml, secrets: inherit}
          deploy: {needs: test, uses: ./.github/workflows/b.yml}
        """,
        {".github/workflows/b.yml": called},
    )
    assert conclusions(run) == {"test / test": "success", "deploy / test": "success"}, messages(run)
    assert [job.steps[1].log for job in run.jobs] == [["called with ***"], ["called with"]]
    assert run.jobs[1].needs == ("test / test",)


async def test_a_failing_job_of_a_reusable_workflow_fails_the_call(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          call: {uses: ./.github/workflows/b.yml}
          after: {needs: call, runs-on: ubuntu-latest, steps: [{run: echo after}]}
        """,
        {
            ".github/workflows/b.yml": """
                on: workflow_call
                jobs:
                  bad: {runs-on: ubuntu-latest, steps: [{run: exit 1}]}
                  good: {needs: bad, if: always(), runs-on: ubuntu-latest, steps: [{run: echo good}]}
                  never: {needs: bad, runs-on: ubuntu-latest, steps: [{run: echo never}]}
            """
        },
    )
    assert run.conclusion == "failure"
    assert conclusions(run) == {
        "call / bad": "failure",
        "call / good": "success",
        "call / never": "skipped",
        "after": "skipped",
    }


async def test_a_local_composite_action_uses_a_known_one(played: Played) -> None:
    action = played.runs._runner.actions / "owner-hello"  # type: ignore[attr-defined]
    action.mkdir()
    (action / "action.yml").write_text(
        "name: Hello\ninputs: {who: {default: you}}\nruns:\n  using: composite\n  steps:\n"
        "    - {shell: bash, run: 'echo hello ${{ inputs.who }}'}\n"
    )
    run = await played.push(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - run: git clone -q "http://x:$TOKEN@${GITHUB_SERVER_URL#http://}/$GITHUB_REPOSITORY" .
                env: {TOKEN: "${{ github.token }}"}
              - uses: ./mine
              - uses: Owner/Hello@v1
        """,
        {
            "mine/action.yml": """
                name: M
                runs:
                  using: composite
                  steps:
                    - {uses: owner/hello@v2, with: {who: me}}
            """,
        },
    )
    assert run.conclusion == "success", log_of(run) + messages(run)
    assert "hello me" in log_of(run)
    assert "hello you" in log_of(run)


async def test_secrets_are_masked_everywhere_and_kept_as_they_were_for_checks(played: Played) -> None:
    played.repository.secrets["TOP"] = "first-line\nsecond-line"
    run = await played.push(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            outputs: {leak: "${{ steps.x.outputs.leak }}"}
            env: {TOP: "${{ secrets.TOP }}"}
            steps:
              - name: Name ${{ secrets.TOP }}
                run: echo "$TOP"; printf 'second-'; sleep 0.2; echo line
              - run: w=word; echo "::add-mask::later-$w"; echo "a later-$w b"; echo "::warning::second-line here"
              - id: x
                run: echo "leak=second-line" >> "$GITHUB_OUTPUT"; echo "sum second-line" >> "$GITHUB_STEP_SUMMARY"
              - run: echo "first-line" | base64; echo "$TOP" | sed 's/./& /g'
          b: {needs: a, runs-on: ubuntu-latest, steps: [{run: 'echo "leaked <${{ needs.a.outputs.leak }}>"'}]}
        """
    )
    seen = repr(run.to_json()) + log_of(run) + run.summary + messages(run)
    for secret in ("first-line", "second-line", "later-word", "Zmlyc3QtbGluZ"):
        assert secret not in seen
    assert "f i r s t" in seen  # as on GitHub: pieces are not recognized
    assert "leaked <>" in seen
    assert "since it may contain secret" in seen
    raw = run.unmasked_output()
    for secret in ("first-line", "second-line", "a later-word b", "sum second-line"):
        assert secret in raw


async def test_a_secret_that_is_not_there_is_an_empty_text(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          a: {runs-on: ubuntu-latest, steps: [{run: 'echo "<$S>"; test -n "$S"', env: {S: "${{ secrets.TYPO }}"}}]}
        """
    )
    assert run.conclusion == "failure" and "<>" in log_of(run) and "***" not in log_of(run)


async def test_an_environment_has_secrets_of_its_own_and_may_ask_for_approval(played: Played) -> None:
    played.repository.secrets["WHERE"] = "everywhere"
    played.repository.environments["production"] = Environment("production", {"WHERE": "in-production"}, approval=True)
    workflow = """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            environment: staging
            steps: [{env: {W: "${{ secrets.WHERE }}"}, run: 'echo "$W" | rev'}]
          b:
            needs: a
            runs-on: ubuntu-latest
            environment: {name: production}
            steps: [{env: {W: "${{ secrets.WHERE }}"}, run: 'echo "$W" | rev'}]
    """
    run = await played.push(workflow)
    assert (run.status, run.jobs[1].status, run.jobs[1].environment) == ("waiting", "waiting", "production")
    assert statuses(played, run.sha)[".github/workflows/a.yml / b (push)"] == "pending"
    await played.runs.approve(run, "b")
    await played.runs.idle(60)
    assert run.conclusion == "success"
    assert "erehwyreve" in log_of(run)
    assert "noitcudorp-ni" in log_of(run)
    again = await played.push(workflow)
    await played.runs.approve(again, "b", granted=False)
    await played.runs.idle(60)
    assert conclusions(again) == {"a": "success", "b": "failure"}


async def test_a_pull_request_runs_the_merge_and_shows_at_its_head(played: Played) -> None:
    await played.commit("on: pull_request\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'exit 0'}]}}")
    assert played.runs.runs == []
    head = await played.repository.commit("topic", {"x": b"1"}, "Topic")
    pull = await played.repository.open_pull("topic", "main", "A topic")
    await played.runs.idle(60)
    (run,) = played.runs.runs
    assert (run.event.name, run.sha, run.conclusion, run.title) == (
        "pull_request",
        pull.merge_sha,
        "success",
        "A topic",
    )
    assert statuses(played, head) == {".github/workflows/a.yml / a (pull_request)": "success"}


async def test_a_tag_runs_the_commit_that_it_names(played: Played, work: WorkTree) -> None:
    workflow = (
        "on: {push: {tags: ['v*']}}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo $GITHUB_REF_NAME'}]}}"
    )
    commit = await work.commit("Release", {".github/workflows/a.yml": workflow})
    await work.git("tag", "-a", "v1", "-m", "One")
    said = await work.push("main", "v1")
    await played.runs.idle(60)
    (run,) = played.runs.runs
    assert (run.sha, run.conclusion) == (commit, "success")
    assert "v1" in log_of(run)
    assert "run 1 starts" in said


async def test_a_workflow_started_by_hand_gets_its_inputs(played: Played) -> None:
    await played.commit(
        """
        on: {workflow_dispatch: {inputs: {word: {required: true}, loud: {type: boolean}}}}
        jobs:
          a: {if: inputs.loud, runs-on: ubuntu-latest, steps: [{run: "echo quiet"}]}
          b:
            runs-on: ubuntu-latest
            steps: [{run: "echo ${{ inputs.word }} ${{ inputs.loud }} ${{ github.event.inputs.word }}"}]
        """
    )
    run = await played.runs.dispatch(played.repository, "a.yml", "main", {"word": "hey"})
    await played.runs.idle(60)
    assert conclusions(run) == {"a": "skipped", "b": "success"}
    assert "hey false hey" in log_of(run)
    with pytest.raises(ValueError, match="Required input 'word'"):
        await played.runs.dispatch(played.repository, "a.yml", "main", {})


async def test_a_job_may_ask_for_a_token_if_it_has_the_permission(played: Played) -> None:
    run = await played.push(
        """
        on: push
        permissions: {id-token: write}
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - run: |
                  curl -sS -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
                    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=me" > token.json
                  cut -d. -f2 token.json | tr _- /+ | base64 -d 2>/dev/null || true
          b:
            permissions: {contents: read}
            runs-on: ubuntu-latest
            steps: [{run: 'echo "none<$ACTIONS_ID_TOKEN_REQUEST_URL>"'}]
        """
    )
    assert '"sub": "repo:camp/bot:ref:refs/heads/main"' in log_of(run)
    assert '"aud": "me"' in log_of(run)
    assert "none<>" in log_of(run)


async def test_the_jobs_token_reads_and_does_not_write(played: Played) -> None:
    run = await played.push(
        """
        on: push
        permissions: write-all
        jobs:
          a:
            runs-on: ubuntu-latest
            env: {TOKEN: "${{ secrets.GITHUB_TOKEN }}"}
            steps:
              - run: |
                  git clone -q "http://x:$TOKEN@${GITHUB_SERVER_URL#http://}/$GITHUB_REPOSITORY" it
                  cd it && echo cloned
                  git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x
                  git push origin HEAD:refs/heads/mine || echo refused
        """
    )
    assert "cloned" in log_of(run)
    assert "refused" in log_of(run)
    assert "refs/heads/mine" not in await played.repository.refs()
