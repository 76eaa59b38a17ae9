import { expect, it } from "vitest";
import { ENV } from "../../src/config/env.ts";
import { envExampleText, projectName, repositoryOf } from "../../src/config/starter.ts";

it("lists every name in .env", () => {
	const names = [...envExampleText().matchAll(/^(\w+)=/gm)].map(([, name]) => name);
	expect(names).toEqual(Object.keys(ENV));
});

it.each([
	["git@github.com:Owner/App.git", "owner/app", "https://github.com/Owner/App"],
	["https://user:token@github.com/owner/app", "owner/app", "https://github.com/owner/app"],
	["ssh://git@git.example.com:2222/team/app.git\n", "team/app", "https://git.example.com/team/app"],
	["/srv/git/app.git", undefined, undefined],
	["C:\\git\\app", undefined, undefined],
	["", undefined, undefined],
])("reads the remote %j", (remote, repository, source) => {
	expect(repositoryOf(remote)).toEqual(repository === undefined ? undefined : { repository, source });
});

it.each([
	["git@ssh.dev.azure.com:v3/Org/Project/App", "org/project/app", "https://dev.azure.com/Org/Project/_git/App"],
	["ssh://git@ssh.dev.azure.com:22/v3/org/shop/app", "org/shop/app", "https://dev.azure.com/org/shop/_git/app"],
	["org@vs-ssh.visualstudio.com:v3/org/shop/app", "org/shop/app", "https://dev.azure.com/org/shop/_git/app"],
	["ssh://org@vs-ssh.visualstudio.com:22/DefaultCollection/shop/_ssh/app", "defaultcollection/shop/app", undefined],
	["https://org@dev.azure.com/org/shop/_git/app", "org/shop/app", "https://dev.azure.com/org/shop/_git/app"],
	["https://org.visualstudio.com/shop/_git/app", "shop/app", "https://org.visualstudio.com/shop/_git/app"],
	["git@ssh.dev.azure.com.evil.test:v3/a/b/c", "v3/a/b/c", "https://ssh.dev.azure.com.evil.test/v3/a/b/c"],
])("M53: the remote %j of Azure DevOps is %s with the page %s", (remote, repository, source) => {
	expect(repositoryOf(remote)).toEqual({ repository, source });
});

it.each([
	["git@github-work:acme/app.git", undefined],
	["ssh://git@gpu:22/acme/app", undefined],
	["ssh://git@ssh.github.com:443/acme/app", "https://github.com/acme/app"],
	["git@SSH.GitHub.com:acme/app.git", "https://github.com/acme/app"],
	["ssh://git@altssh.gitlab.com:443/acme/app.git", "https://gitlab.com/acme/app"],
])("M53: the remote %j gives the source %s", (remote, source) => {
	expect(repositoryOf(remote)).toEqual({ repository: "acme/app", source });
});

it.each([
	["My App", "my-app"],
	["__x", "x"],
	["Überblick 2", "uberblick-2"],
	["日本", "app"],
	["a".repeat(60), "a".repeat(40)],
])("names the project of %s", (directory, name) => {
	expect(projectName(directory)).toBe(name);
});
