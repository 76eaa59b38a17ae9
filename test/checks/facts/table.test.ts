import { expect, test } from "vitest";
import { factsOf, renderFacts } from "../../../src/checks/facts/table.ts";
import { treeOf } from "../../support/tree.ts";

const KEY = "Zk3vR9pQ2mX7tB1nL5wY8cJ4";
const tree = treeOf({
	".env.example": "API_PORT=8100\n# STORE_URL=http://store:9000\n",
	Dockerfile: "FROM python:3.12.7-slim\nEXPOSE 8100\n",
	"app/main.py": `import os\n\nPORT = os.getenv("API_PORT", "8100")\nSTORE_SECRET_KEY = "${KEY}"\n`,
	"archive/start.sh": "uvicorn app.main:app --port 8000\n",
	"docker-compose.yml": "services:\n  api:\n    image: ghcr.io/acme/api:1.2.0\n",
	"docs/run.md": "Start `app/main.py`, not `app/gone.py`. `TEMPORAL_ADDRESS=control.acme.dev:7233`\n",
	"etc/supervisord.conf": `[program:api]\ncommand=uvicorn app.main:app --port 8100\nenvironment=TASK_QUEUE="clips@cpu",STORE_SECRET_KEY="${KEY}"\n`,
});

test("every kind of fact has its places, the kind of each place and no secret", () => {
	expect(renderFacts(factsOf(tree))).toMatchInlineSnapshot(`
		"credential STORE_SECRET_KEY
		  defines   app/main.py:4: STORE_SECRET_KEY = "****"
		  defines   etc/supervisord.conf:3: environment=TASK_QUEUE="clips@cpu",STORE_SECRET_KEY="****"
		endpoint TEMPORAL_ADDRESS
		  documents docs/run.md:1: Start \`app/main.py\`, not \`app/gone.py\`. \`TEMPORAL_ADDRESS=control.acme.dev:7233\`
		env API_PORT
		  documents .env.example:1: API_PORT=8100
		  uses      app/main.py:3: PORT = os.getenv("API_PORT", "8100")
		env STORE_SECRET_KEY
		  defines   etc/supervisord.conf:3: environment=TASK_QUEUE="clips@cpu",STORE_SECRET_KEY="****"
		env STORE_URL
		  documents .env.example:2: (comment) # STORE_URL=http://store:9000
		env TASK_QUEUE
		  defines   etc/supervisord.conf:3: environment=TASK_QUEUE="clips@cpu",STORE_SECRET_KEY="****"
		image ghcr.io/acme/api
		  uses      docker-compose.yml:3: image: ghcr.io/acme/api:1.2.0
		path app.main:app
		  history   archive/start.sh:1: uvicorn app.main:app --port 8000
		  uses      etc/supervisord.conf:2: command=uvicorn app.main:app --port 8100
		path app/gone.py
		  documents docs/run.md:1: Start \`app/main.py\`, not \`app/gone.py\`. \`TEMPORAL_ADDRESS=control.acme.dev:7233\`
		path app/main.py
		  documents docs/run.md:1: Start \`app/main.py\`, not \`app/gone.py\`. \`TEMPORAL_ADDRESS=control.acme.dev:7233\`
		port 8100
		  documents .env.example:1: API_PORT=8100
		  uses      Dockerfile:2: EXPOSE 8100
		  defines   etc/supervisord.conf:2: command=uvicorn app.main:app --port 8100
		  uses      app/main.py:3: PORT = os.getenv("API_PORT", "8100")
		queue clips@cpu
		  uses      etc/supervisord.conf:3: environment=TASK_QUEUE="clips@cpu",STORE_SECRET_KEY="****"
		version python
		  defines   Dockerfile:1: FROM python:3.12.7-slim"
	`);
	expect(JSON.stringify(factsOf(tree))).not.toContain(KEY);
});

test("one kind alone", () => {
	expect(factsOf(tree, "version")).toEqual([
		{
			kind: "version",
			name: "python",
			places: [
				{ path: "Dockerfile", line: 1, text: "FROM python:3.12.7-slim", as: "defines", comment: false, value: "3.12" },
			],
		},
	]);
	expect(renderFacts([])).toBe("no facts: nothing in the files states one");
});
