const ASIDE =
	/(?:^|\/)(?:fixtures?|__fixtures__|testdata|test-data|test_data|corpus|vendor(?:ed)?|_vendor|third[_-]party|node_modules|site-packages|dist-packages|archived?|legacy|attic|deprecated|obsolete|old|templates?|cookiecutter[^/]*|skeletons?|\.?venv)(?:\/|$)/i;
const TESTS =
	/(?:^|\/)(?:tests?|__tests__|testing|spec|e2e|benchmarks?|bench|conftest\.py|noxfile\.py|test_[^/]*\.py|[^/]*_test\.py|[^/]*\.(?:test|spec|bench|stories)\.[cm]?[jt]sx?)(?:\/|$)/i;
const SAMPLES = /(?:^|\/)(?:examples?|samples?|demos?|docs?|tutorials?|notebooks?|snippets|playground)(?:\/|$)/i;

/** Whether a file is data, a copy of somebody else's, or kept for history: what it says need not hold. */
export const isAside = (path: string): boolean => ASIDE.test(path);

export const isTest = (path: string): boolean => TESTS.test(path);

/** Whether a file shows how something could be done, and nothing runs it. */
export const isSample = (path: string): boolean => SAMPLES.test(path);
