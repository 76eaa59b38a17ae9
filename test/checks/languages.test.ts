import { expect, it } from "vitest";
import { languageOf } from "../../src/checks/tree/languages.ts";

it.each([
	["Dockerfile", "dockerfile"],
	["a/Dockerfile.gpu", "dockerfile"],
	["Dockerfile.cuda12.1", "dockerfile"],
	["gpu.dockerfile", "dockerfile"],
	["Containerfile", "dockerfile"],
	["test/dockerfile.test.ts", "javascript"],
	["docs/Dockerfile.md", "markdown"],
	["Dockerfile.j2", "text"],
	[".env.example", "env"],
	["deploy/gpu.env.example", "env"],
	["env.sample", "env"],
	["src/app.env.ts", "javascript"],
	["requirements-dev.txt", "requirements"],
	["etc/supervisord.conf", "ini"],
	["etc/nginx/site.conf", "nginx"],
	["a.ps1", "powershell"],
])("%s is %s", (path, language) => {
	expect(languageOf(path, "")).toBe(language);
});

it.each([
	["run", "#!/usr/bin/env bash\n", "shell"],
	["tool", "#!/usr/bin/python3.11\n", "python"],
	["a.conf", "[program:api]\n", "ini"],
	["b.conf", "http {\n", "nginx"],
	["c.conf", "x = 1\n", "text"],
])("%s with %j is %s", (path, text, language) => {
	expect(languageOf(path, text)).toBe(language);
});
