import { describe, expect, it } from "vitest";
import { createLog } from "../../../images/runtime/logger.ts";

describe("createLog", () => {
	const lines: string[] = [];
	const now = () => new Date("2026-01-02T03:04:05Z");
	const log = createLog({ secrets: ['pass"word', ""], write: (line) => lines.push(line), now });

	it("names its program, as supervisord calls it", () => {
		createLog({ write: (line) => lines.push(line), now, program: "worker-cpu" })("INFO", "x");
		expect(lines.splice(0)).toEqual([
			'{"time":"2026-01-02T03:04:05.000Z","level":"INFO","program":"worker-cpu","message":"x"}\n',
		]);
	});

	it("writes one object a line and no secret, wherever it hides", () => {
		log("WARN", 'refused pass"word', { error: new RangeError('with pass"word'), size: 7n });
		expect(lines.splice(0)).toEqual([expect.stringMatching(/^[^\n]+\n$/)]);
		log("INFO", 'pass"word', { deep: { list: ['pass"word'] } });
		expect(lines.splice(0)).toEqual([
			'{"time":"2026-01-02T03:04:05.000Z","level":"INFO","message":"[redacted]","deep":{"list":["[redacted]"]}}\n',
		]);
	});
});
