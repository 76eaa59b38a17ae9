import { describe, expect, it } from "vitest";
import { commandOf, jobOf, workflowNamed } from "../../src/temporal/jobs.ts";

const url = "https://media.test/talk.mp4";
const faultOf = (text: string, id?: string): { message: string; exit: string } => {
	try {
		jobOf("video", text, id);
	} catch (error) {
		return error as { message: string; exit: string };
	}
	throw new Error(`${text} was taken`);
};

it("knows a workflow by its type and its short name, and names the nearest", () => {
	const video = { name: "video", type: "VideoProcessingWorkflow" };
	expect(workflowNamed("video")).toEqual(video);
	expect(workflowNamed("VideoProcessingWorkflow")).toEqual(video);
	expect(() => workflowNamed("vidoe")).toThrow(
		expect.objectContaining({
			code: "unknown_workflow",
			exit: "usage",
			hint: "did you mean video? the workflows are video, VideoProcessingWorkflow, batch, BatchProcessingWorkflow, dispatcher, QueryDispatcherWorkflow, reprocess, ReprocessVideoWorkflow",
		}),
	);
});

describe("jobOf", () => {
	it("takes JSON, and a bare address for a video", () => {
		const job = { name: "video", type: "VideoProcessingWorkflow", workflowId: "video-3f8f6f5b0b0e", input: { url } };
		const bare = jobOf("video", ` ${url}\n`, undefined);
		expect(bare).toEqual({ ...job, workflowId: expect.stringMatching(/^video-[0-9a-f]{12}$/) });
		expect(jobOf("video", `\uFEFF{"url":"${url}"}\r\n`, undefined)).toEqual(bare);
		expect(jobOf("video", url, "mine").workflowId).toBe("mine");
	});

	it("gives the same work the same id, and other work another", () => {
		const id = (text: string) => jobOf("video", text, undefined).workflowId;
		expect(id("HTTPS://MEDIA.test/talk.mp4")).toBe(id(url));
		expect(id(`{"url":"${url}","query":"talks"}`)).not.toBe(id(url));
		expect(id(`${url}?v=2`)).not.toBe(id(url));
	});

	it("tells every fault at once", () => {
		const { message, exit } = faultOf('{"url":"ftp://x","query":"","z":1}');
		expect(message.split("\n").map((line) => line.split(":")[0])).toEqual(["url", "query", "Unrecognized key"]);
		expect(exit).toBe("usage");
		expect(faultOf('{"url').message).toMatch(/^the input is not JSON/);
		expect(faultOf("").message).toMatch(/^the input is not JSON/);
		expect(faultOf("talk.mp4").message).toBe('url: Invalid URL; found "talk.mp4"');
		expect(faultOf(url, " ").message).toMatch(/^--id/);
	});
});

it("gives a batch an id that names its query, and other work another one", () => {
	const id = (text: string) => jobOf("batch", text, undefined).workflowId;
	expect(id('{"query":"Deep Sea","limit":3}')).toMatch(/^batch-deep-sea-[0-9a-f]{12}$/);
	expect(id('{"query":"Deep Sea","limit":4}')).not.toBe(id('{"query":"Deep Sea","limit":3}'));
	expect(jobOf("video", `{"url":"${url}","until":"download"}`, undefined).workflowId).not.toBe(
		jobOf("video", url, undefined).workflowId,
	);
});

it("names the command that joins a job", () => {
	const command = (text: string, id?: string) => commandOf(jobOf("video", text, id));
	expect(command(url)).toBe(`cres run video --input ${url}`);
	expect(command(`${url}?a=1&b=2`)).toBe(`cres run video --input '${url}?a=1&b=2'`);
	expect(command(`{"url":"${url}","query":"it's"}`, "mine")).toBe(
		`cres run video --input '{"url":"${url}","query":"it'\\''s"}' --id mine`,
	);
});

it("takes any other work by its whole input, in whatever order it is written", () => {
	const id = (text: string, workflow = "batch") => jobOf(workflow, text, undefined).workflowId;
	expect(id('{"limit":3,"query":"a"}')).toBe(id('{"query":"a","limit":3}'));
	expect(id('{"query":"a","limit":3}')).not.toBe(id('{"query":"b","limit":3}'));
	expect(id('{"url":"https://x.test/a","query":"b"}', "video")).not.toBe(id("https://x.test/ab", "video"));
	expect(id(`{"url":"${url}","query":"a","until":"download"}`, "video")).toMatch(/^video-[0-9a-f]{12}$/);
});

it("quotes a shell word only where it must", () => {
	const word = (text: string) => commandOf({ ...jobOf("video", url, "x"), workflowId: text }).replace(/^.* --id /s, "");
	for (const plain of ["a-Z_0", "a@%+=:,./b"]) expect(word(plain)).toBe(plain);
	for (const other of ["a b", "a;b", "$a", "ü", "a*", "~"]) expect(word(other)).toBe(`'${other}'`);
	expect(word("")).toBe("''");
	expect(commandOf(jobOf("batch", '{"query":"sea"}', undefined))).toMatch(/^cres run batch --input '\{"query":"sea",/);
});

it("says where in the input each fault is", () => {
	expect(faultOf('{"url":"https://x.test/","query":7}').message).toMatch(/^query: /);
	expect(faultOf("talk.mp4").message).toBe('url: Invalid URL; found "talk.mp4"');
	expect(faultOf('{"url":"https://x.test/","query":7}').message).toMatch(/; found 7$/);
	expect(faultOf("[]").message).not.toMatch(/^:/);
	expect(() => jobOf("batch", "sea", undefined)).toThrow(
		expect.objectContaining({ code: "job_input", message: expect.stringMatching(/^the input is not JSON/) }),
	);
	expect(() => jobOf("video", " ", undefined)).toThrow(expect.objectContaining({ code: "job_input" }));
});
