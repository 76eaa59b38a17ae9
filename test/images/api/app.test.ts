import { describe, expect, it } from "vitest";
import { batchId } from "../../../src/contracts/objects.ts";
import { enqueueSchema, WORKFLOWS } from "../../../src/contracts/tasks.ts";
import { jobOf } from "../../../src/temporal/jobs.ts";
import { testApp } from "./fakes.ts";

const URL = "http://media.test/speech.mp4";
const post = (url: string, payload?: object | string, type = "application/json") =>
	({ method: "POST", url, ...(payload === undefined ? {} : { payload, headers: { "content-type": type } }) }) as const;

const CONTROL_ROUTES: [string, object | undefined][] = [
	["/process", { url: URL }],
	["/batch", { query: "two words" }],
	["/admin/reindex", undefined],
];

describe("the compute role", () => {
	it.each(CONTROL_ROUTES)("refuses %s before it reads the request", async (path, body) => {
		const { app, temporal, bucket } = testApp({ role: "compute" });
		for (const payload of [body, "no JSON", { wrong: true }, "x".repeat(100_000)]) {
			const answer = await app.inject(post(path, payload));
			expect([answer.statusCode, answer.json()]).toEqual([
				403,
				{ detail: `${path} is disabled when API_ROLE=compute` },
			]);
		}
		expect([temporal.executions.size, bucket.objects.size]).toEqual([0, 0]);
	});

	it.each(["/health", "/api/transcriptions?query=a", "/openapi.json", "/docs"])("answers %s", async (path) => {
		const { app } = testApp({ role: "compute" });
		expect((await app.inject(path)).statusCode).toBe(200);
	});
});

describe("POST /process", () => {
	it("starts the pipeline under the id that cres run gives the same address", async () => {
		const { app, temporal } = testApp();
		const answer = await app.inject(post("/process", { url: URL }));
		const { workflowId } = jobOf("video", URL, undefined);
		expect([answer.statusCode, answer.json()]).toEqual([
			200,
			{ status: "started", workflow_id: workflowId, run_id: "run-1" },
		]);
		expect(temporal.executions.get(workflowId)).toMatchObject({
			type: WORKFLOWS.video,
			queue: "base@cpu",
			args: [{ url: URL }],
		});
	});

	it("joins what already runs", async () => {
		const { app, temporal } = testApp();
		const answers = await Promise.all([1, 2].map(() => app.inject(post("/process", { url: URL }))));
		expect(new Set(answers.map((answer) => answer.json().run_id))).toEqual(new Set(["run-1"]));
		expect(temporal.executions.size).toBe(1);
	});

	it("is 500 with the reason while Temporal is away, and keeps the stack to the log", async () => {
		const { app, temporal, logged } = testApp();
		temporal.state.down = "Temporal at temporal.test:7233 does not do it: refused";
		const answer = await app.inject(post("/process", { url: URL }));
		expect([answer.statusCode, answer.json()]).toEqual([500, { detail: temporal.state.down }]);
		expect(logged).toContainEqual({
			level: "ERROR",
			message: "a request failed",
			fields: { method: "POST", route: "/process", error: expect.any(Error) },
		});
	});
});

describe("POST /batch", () => {
	it("hands the request to the dispatcher, and says what will be done", async () => {
		const { app, temporal } = testApp({ jobs: { category: "Music" } });
		const answer = await app.inject(post("/batch", { query: " two words " }));
		const { request_id, ...rest } = answer.json();
		const plan = { parallelism: 3, max_duration_minutes: 10, youtube_category: "Music" };
		expect([answer.statusCode, request_id, rest]).toEqual([
			200,
			expect.stringMatching(/^[0-9a-f]{12}$/),
			{
				status: "queued",
				workflow_id: "query-dispatcher-base",
				run_id: "run-1",
				batch_workflow_id: batchId("two words", request_id),
				...plan,
			},
		]);
		expect(temporal.signals).toEqual([
			expect.objectContaining({
				signal: "enqueue",
				queue: "base@cpu",
				message: enqueueSchema.parse({ request_id, query: "two words", limit: 10, ...plan }),
			}),
		]);
	});

	it("works on 1 to 4 videos at once by the limit, and on no more than the workers can bear", async () => {
		const of = async (capacity: number, body: object) =>
			(await testApp({ jobs: { capacity } }).app.inject(post("/batch", { query: "a", ...body }))).json().parallelism;
		const limits = [1, 2, 3, 5, 6, 10, 11, 50];
		expect(await Promise.all(limits.map((limit) => of(4, { limit })))).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
		expect(await of(2, { limit: 50 })).toBe(2);
		expect(await of(2, { limit: 50, parallelism: 1 })).toBe(1);
		expect(await of(8, { limit: 1, parallelism: 4 })).toBe(4);
	});

	it("takes each request once, under an id of its own", async () => {
		const { app, temporal } = testApp();
		const answers = await Promise.all([1, 2].map(() => app.inject(post("/batch", { query: "a" }))));
		expect(new Set(answers.map((answer) => answer.json().request_id)).size).toBe(2);
		expect(temporal.signals).toHaveLength(2);
	});

	it.each([
		["query", {}],
		["query", { query: " " }],
		["query", { query: "x".repeat(201) }],
		["limit", { query: "a", limit: 51 }],
		["limit", { query: "a", limit: "10" }],
		["parallelism", { query: "a", parallelism: 5 }],
		["max_duration_minutes", { query: "a", max_duration_minutes: 181 }],
		["youtube_category", { query: "a", youtube_category: "" }],
	])("is 422 where %s is wrong: %j", async (field, body) => {
		const answer = await testApp().app.inject(post("/batch", body));
		expect([answer.statusCode, answer.json().detail]).toEqual([
			422,
			[expect.objectContaining({ loc: ["body", field] })],
		]);
	});

	it("is 500 while Temporal is away", async () => {
		const { app, temporal } = testApp();
		temporal.state.down = "Temporal at temporal.test:7233 has no namespace videos";
		const answer = await app.inject(post("/batch", { query: "a" }));
		expect([answer.statusCode, answer.json()]).toEqual([500, { detail: temporal.state.down }]);
	});
});

describe("a request that is not as documented", () => {
	const faults: [string, object | string, object[]][] = [
		["no url", {}, [{ loc: ["body", "url"], type: "invalid_type" }]],
		["another protocol", { url: "file:///etc/passwd" }, [{ loc: ["body", "url"], type: "invalid_format" }]],
		["a long url", { url: `${URL}?${"x".repeat(2_048)}` }, [{ loc: ["body", "url"], type: "too_big" }]],
		["an unknown field", { url: URL, extra: 1 }, [{ loc: ["body"], type: "unrecognized_keys" }]],
		["a list", [], [{ loc: ["body"], type: "invalid_type" }]],
		["broken JSON", '{"url":', [{ loc: ["body"], type: "json" }]],
		["a poisoned prototype", `{"url":"${URL}","__proto__":{}}`, [{ loc: ["body"], type: "json" }]],
		["no body", "", [{ loc: ["body"], type: "json" }]],
	];
	it.each(faults)("is 422: %s", async (_name, payload, detail) => {
		const { app, temporal } = testApp();
		const answer = await app.inject(post("/process", payload));
		expect([answer.statusCode, answer.json()]).toEqual([
			422,
			{ detail: detail.map((fault) => ({ msg: expect.any(String), ...fault })) },
		]);
		expect(temporal.executions.size).toBe(0);
	});

	it("is 413 beyond 64 KiB", async () => {
		const answer = await testApp().app.inject(post("/process", { url: URL, extra: "x".repeat(64 * 1_024) }));
		expect([answer.statusCode, answer.json()]).toEqual([413, { detail: "Request body is too large" }]);
	});

	it("is 415 as anything but JSON", async () => {
		const answer = await testApp().app.inject(post("/process", "url=x", "application/x-www-form-urlencoded"));
		expect([answer.statusCode, answer.json()]).toEqual([415, { detail: "Unsupported Media Type" }]);
	});

	it.each(["/", "/process", "/health/x"])("is 404 where nothing is: GET %s", async (path) => {
		const answer = await testApp().app.inject(path);
		expect([answer.statusCode, answer.json()]).toEqual([404, { detail: "Not Found" }]);
	});
});

describe("a fault of the api itself", () => {
	it("is 500 without a word of what is inside", async () => {
		const { app, logged } = testApp({
			health: {
				now: () => {
					throw new TypeError("inside");
				},
			},
		});
		await app.inject("/health");
		const answer = await app.inject("/health");
		expect([answer.statusCode, answer.json()]).toEqual([
			500,
			{ detail: "internal error: the log of the api says more" },
		]);
		expect(logged.at(-2)).toMatchObject({ level: "ERROR", fields: { error: new TypeError("inside") } });
	});
});
