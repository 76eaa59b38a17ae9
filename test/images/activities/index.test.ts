import { describe, expect, it } from "vitest";
import { createIndexActivities } from "../../../images/worker/activities/index.ts";
import { serve } from "../../support/web-server.ts";
import { attempt, failureOf } from "./attempt.ts";

describe("refresh_index", () => {
	it("A6: shows its token to the api that it tells, and to no other", async () => {
		const seen: [string | undefined, string | undefined][] = [];
		await using other = await serve((request, response) => {
			seen.push(["other", request.headers.authorization]);
			response.end();
		});
		await using api = await serve((request, response) => {
			seen.push([request.url, request.headers.authorization]);
			if (request.url === "/away") return void response.writeHead(307, { location: other.origin }).end();
			response.writeHead(request.headers.authorization === "Bearer cres_token" ? 200 : 401).end();
		});
		const refresh = (path: string, reindexToken: string) =>
			attempt(createIndexActivities({ reindexUrl: `${api.origin}${path}`, reindexToken }).refresh_index);
		expect(await refresh("/admin/reindex", "cres_token")).toEqual({ refreshed: true });
		expect(await failureOf(refresh("/admin/reindex", ""))).toMatchObject({ type: "IndexUnavailable", retryable: true });
		expect(await failureOf(refresh("/away", "cres_token"))).toMatchObject({ type: "IndexUnavailable" });
		expect(seen).toEqual([
			["/admin/reindex", "Bearer cres_token"],
			["/admin/reindex", undefined],
			["/away", "Bearer cres_token"],
		]);
	});
});
