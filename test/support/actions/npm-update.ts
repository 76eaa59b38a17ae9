/**
 * A program `npm` for a folder at the beginning of PATH: `npm update` appends a line to the lock file that it would renew,
 * without asking npm's registry; all else is npm's.
 */
export const NPM_UPDATE = `#!/bin/sh
PATH="\${PATH#*:}"
[ "$1" = update ] || exec npm "$@"
case "$*" in *" --prefix images") cd images ;; esac
echo >> package-lock.json
`;
