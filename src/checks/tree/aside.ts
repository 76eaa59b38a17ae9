const ASIDE =
	/(?:^|\/)(?:fixtures?|__fixtures__|testdata|test-data|test_data|corpus|vendor(?:ed)?|_vendor|third[_-]party|node_modules|site-packages|dist-packages|archived?|legacy|attic|deprecated|obsolete|old|templates?|cookiecutter[^/]*|skeletons?|\.?venv)(?:\/|$)/i;
const TESTS =
	/(?:^|\/)(?:tests?|__tests__|testing|spec|e2e|benchmarks?|bench|conftest\.py|noxfile\.py|test_[^/]*\.py|[^/]*_test\.py|[^/]*\.(?:test|spec|bench|stories)\.[cm]?[jt]sx?)(?:\/|$)/i;
const SAMPLES = /(?:^|\/)(?:examples?|samples?|demos?|docs?|tutorials?|notebooks?|snippets|playground)(?:\/|$)/i;

/** Paths of a tree, each asked about by many checks; those of others are forgotten now and then. */
const MOST = 100_000;

function named(pattern: RegExp): (path: string) => boolean {
	const known = new Map<string, boolean>();
	return (path) => {
		const before = known.get(path);
		if (before !== undefined) return before;
		if (known.size >= MOST) known.clear();
		const is = pattern.test(path);
		known.set(path, is);
		return is;
	};
}

/** Whether a file is data, a copy of somebody else's, or kept for history: what it says need not hold. */
export const isAside = named(ASIDE);

export const isTest = named(TESTS);

/** Whether a file shows how something could be done, and nothing runs it. */
export const isSample = named(SAMPLES);
