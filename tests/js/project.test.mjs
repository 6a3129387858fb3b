// node --test tests/js : a project in this browser and on the server.

import "./page.mjs";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { boot, gradio, reset } from "./gradio.mjs";

const { Project } = await import("../../vmr/page/static/core/project.js");
const { placed } = await import("../../vmr/page/static/core/places.js");
const { configure } = await import("../../vmr/page/static/core/server.js");

const NAMES = ["project_open", "project_news", "project_change", "project_undo", "project_export"];
const KEY = "k".repeat(22);

/** A server of one project: fields, and what was sent to it. */
let server;

function answer(since) {
  const fields = since > 0 ? Object.fromEntries(server.log.slice(since)) : server.fields;
  return { key: KEY, number: server.log.length, fields: { ...fields }, keep_days: 30 };
}

beforeEach(() => {
  reset();
  localStorage.clear();
  gradio.names = NAMES;
  configure({ ...boot, events: Object.fromEntries(NAMES.map((name, i) => [name, i])) });
  server = { fields: {}, log: [], steps: [] };
  gradio.answers = {
    project_open: () => answer(0),
    project_news: (key, since) => answer(since),
    project_change: (key, changes, step, since) => {
      if (!server.steps.includes(step)) {
        server.steps.push(step);
        server.log.push(...changes);
        for (const [path, value] of changes) server.fields[path] = value;
      }
      return answer(since);
    },
  };
});

const settled = (project) => project.waiting.length
  ? new Promise((resolve) => project.addEventListener("settled", resolve, { once: true })) : null;

test("a change holds at once, is kept until the server has it, and is sent once", async () => {
  const project = new Project();
  await project.open("");
  project.change([["name", "Spring"], ["videos/a/alpha", 0.5]]);
  assert.equal(project.get("name"), "Spring");
  assert.equal(localStorage.length, 1);
  await settled(project);
  assert.deepEqual(server.fields, { name: "Spring", "videos/a/alpha": 0.5 });
  assert.equal(localStorage.length, 0);
  assert.equal(project.change([["name", "Spring"]]), null); // it is so already
  project.close();
});

test("what the server did not hear is sent again, as the same step", async () => {
  const project = new Project();
  await project.open("");
  const { project_change: take } = gradio.answers;
  let lost = 2;
  gradio.answers.project_change = (...data) => {
    const said = take(...data);
    return lost-- > 0 ? "gone" : said; // the change arrives, its answer does not
  };
  project.change([["name", "Spring"]]);
  await settled(project);
  assert.equal(server.steps.length, 1);
  assert.equal(gradio.calls.filter(([name]) => name === "project_change").length, 3);
  project.close();
});

test("a server that is just starting is asked again for a project", async () => {
  const { project_open: open } = gradio.answers;
  let down = 1;
  gradio.answers.project_open = (...data) => (down-- > 0 ? "gone" : open(...data));
  const project = new Project();
  await project.open(KEY);
  assert.equal(project.key, KEY);
  project.close();
});

test("what is refused for good is said and not sent again", async () => {
  const project = new Project();
  await project.open("");
  const said = [];
  project.addEventListener("fail", ({ detail }) => said.push(detail.message));
  gradio.answers.project_change = { error: JSON.stringify({ en: "Too long.", key: "project.value" }) };
  project.change([["name", "x".repeat(99)]]);
  await settled(project);
  assert.deepEqual(said, ["Too long."]);
  assert.equal(project.waiting.length, 0);
  project.close();
});

test("what others changed arrives, but not over what is still on its way", async () => {
  const project = new Project();
  await project.open("");
  server.fields = { name: "Theirs", notes: "slow" };
  server.log = [["name", "Theirs"], ["notes", "slow"]];
  let release;
  const { project_change: take } = gradio.answers;
  gradio.answers.project_change = async (...data) => {
    await new Promise((resolve) => (release = resolve));
    return take(...data);
  };
  project.change([["videos/a/alpha", 1]]);
  project.change([["name", "Mine"]]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  release();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([project.get("name"), project.get("notes")], ["Mine", "slow"]);
  release();
  await settled(project);
  assert.equal(server.fields.name, "Mine");
  project.close();
});

test("what a page of before could not send is sent by the next one", async () => {
  const steps = [{ step: "step-of-before", changes: [["videos/a/notes", "kept"]] }];
  localStorage.setItem(`vmr-project-${KEY}-another`, JSON.stringify(steps));
  const project = new Project();
  await project.open(KEY);
  assert.equal(project.get("videos/a/notes"), "kept");
  await settled(project);
  assert.deepEqual(server.steps, ["step-of-before"]);
  project.close();
});

test("taking away a field takes what is under it, and nothing beside it", async () => {
  server.fields = { "videos/a/alpha": 1, "videos/a/picks/x/y/state": "idea", "videos/ab/alpha": 0 };
  const project = new Project();
  await project.open(KEY);
  project.change([["videos/a", null]]);
  assert.deepEqual([...project.fields.keys()], ["videos/ab/alpha"]);
  assert.deepEqual(project.under("videos"), ["ab"]);
  project.close();
});

test("moving one entry changes the place of that one alone", () => {
  const first = placed([{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }]);
  const moved = placed([first[0], first[3], first[1], first[2]]);
  const changed = moved.filter(({ id, place }) => place !== first.find((one) => one.id === id).place);
  assert.deepEqual(changed.map(({ id }) => id), ["d"]);
  assert.deepEqual(moved.map(({ place }) => place), moved.map(({ place }) => place).sort((a, b) => a - b));
  assert.equal(placed([]).length, 0);
});
