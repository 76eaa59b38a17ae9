// A plugin of esbuild: stands in for `wsl-utils`. @oclif/core asks it at every start whether this is WSL, and on Windows for the
// PowerShell that tells the name of the parent process, which takes longer than most commands. cres uses neither answer.
export const withoutWslUtils = {
	name: "without-wsl-utils",
	setup({ onResolve, onLoad }) {
		onResolve({ filter: /^wsl-utils$/ }, ({ path }) => ({ path, namespace: "without-wsl-utils" }));
		onLoad({ filter: /.*/, namespace: "without-wsl-utils" }, () => ({ contents: CONTENTS }));
	},
};

/** oclif takes ComSpec for the shell where there is no PowerShell. */
const CONTENTS = `
export const isWsl = false;
export const powerShellPath = () => { throw new Error("not asked for"); };
`;
