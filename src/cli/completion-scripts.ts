import type { Candidate } from "./complete.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELLS)[number];

/** Scripts that ask `cres` itself for each completion, so that they never go out of date. */
export const SCRIPTS: Readonly<Record<ShellName, string>> = {
	bash: `# cres completion for bash: put this line into ~/.bashrc:  source <(cres completion bash)
_cres() {
	local IFS=$'\\n'
	COMPREPLY=($("\${COMP_WORDS[0]}" completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null))
}
complete -o default -F _cres cres`,
	zsh: `#compdef cres
# cres completion for zsh: put this line into ~/.zshrc, after compinit:  source <(cres completion zsh)
_cres() {
	local -a found
	found=("\${(@f)$("\${words[1]}" completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
	if [[ -n "\${found[1]}" ]]; then _describe cres found; else _files; fi
}
if [ "\${funcstack[1]}" = _cres ]; then _cres; else compdef _cres cres; fi`,
	fish: `# cres completion for fish: cres completion fish > ~/.config/fish/completions/cres.fish
function __cres_complete
	set -l words (commandline -opc)
	set -l typed (commandline -ct)
	$words[1] completion fish -- $words[2..-1] "$typed" 2>/dev/null </dev/null
end
complete -c cres -f -a '(__cres_complete)'
complete -c cres -s c -l config -r -F
complete -c cres -l log-file -r -F`,
};

/** One line a candidate, in the form that the shell's script takes. */
export function renderCandidates(shell: ShellName, found: readonly Candidate[]): string {
	const lines: Record<ShellName, (one: Candidate) => string> = {
		bash: ({ value }) => value,
		zsh: ({ value, about }) => [value.replaceAll(":", "\\:"), ...(about ? [about] : [])].join(":"),
		fish: ({ value, about }) => [value, ...(about ? [about] : [])].join("\t"),
	};
	return found.map(lines[shell]).join("\n");
}
