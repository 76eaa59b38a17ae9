/** What code needs without an import of its own. */
export interface Implied {
	/** In the code: how it is used. */
	use: RegExp;
	/** The file must import one of these modules, unless the use says it by itself. */
	from?: RegExp;
	/** Any of these distributions, by PEP 503; the first is told. */
	needs: readonly string[];
	/** Distributions that bring it by an extra or by themselves: `fastapi[standard]`. */
	brings?: readonly RegExp[];
	/** What happens without it. */
	fails: string;
	/** In tests, too. */
	tests?: true;
}

const STANDARD = [/^fastapi\[[^\]]*\b(?:standard|all)/, /^(?:fastapi-slim|starlette)\[[^\]]*\b(?:standard|full|all)/];
const FASTAPI = /^[ \t]*from[ \t]+(?:fastapi|starlette)\b/m;
const database = (driver: string, ...needs: string[]): Implied => ({
	use: new RegExp(`["'](?:\\w+\\+)?${driver}://`),
	from: /\b(?:create_engine|create_async_engine|engine_from_config|SQLAlchemy|Database|AsyncEngine|sessionmaker|connect)\b/,
	needs,
	fails: "SQLAlchemy stops with ModuleNotFoundError when it makes the engine",
});

/** https://fastapi.tiangolo.com/reference/uploadfile/, https://docs.pydantic.dev/latest/install/, and the libraries' own. */
export const IMPLIED: readonly Implied[] = [
	{
		use: /\b(?:UploadFile|OAuth2PasswordRequestForm|OAuth2PasswordRequestFormStrict)\b|(?<![\w.])(?:File|Form)\(/,
		from: /^[ \t]*from[ \t]+fastapi\b[^\n]*(?:\([^)]*)?\b(?:UploadFile|File|Form|OAuth2\w+)\b/m,
		needs: ["python-multipart", "multipart"],
		brings: STANDARD,
		fails: "FastAPI stops when it builds the route",
	},
	{
		use: /\brequest\.form\(/,
		from: FASTAPI,
		needs: ["python-multipart", "multipart"],
		brings: STANDARD,
		fails: "the request fails when its form is read",
	},
	{
		use: /\b(?:EmailStr|NameEmail)\b/,
		from: /^[ \t]*from[ \t]+pydantic\b/m,
		needs: ["email-validator"],
		brings: [/^pydantic\[[^\]]*\bemail/, ...STANDARD],
		fails: "pydantic stops when the model is made",
	},
	{
		use: /\bJinja2Templates\(/,
		from: FASTAPI,
		needs: ["jinja2"],
		brings: [...STANDARD, /^(?:flask|torch|ansible|sphinx|mkdocs|notebook|jupyter\w*)\b/],
		fails: "Starlette stops with `jinja2 must be installed`",
	},
	{
		use: /\bTestClient\(/,
		from: /^[ \t]*from[ \t]+(?:fastapi|starlette)\.testclient\b/m,
		needs: ["httpx"],
		brings: [...STANDARD, /^(?:openai|anthropic|gradio\w*|respx|pytest-httpx|prefect|supabase)\b/],
		fails: "the import of the test client fails",
		tests: true,
	},
	{
		use: /\bSessionMiddleware\b/,
		from: FASTAPI,
		needs: ["itsdangerous"],
		brings: [...STANDARD, /^flask\b/],
		fails: "Starlette fails at the import of its sessions",
	},
	{
		use: /\bORJSONResponse\b/,
		from: /^[ \t]*from[ \t]+fastapi\b/m,
		needs: ["orjson"],
		brings: [/^fastapi\[[^\]]*\ball/],
		fails: "every response stops with `orjson must be installed`",
	},
	{
		use: /\bBaseSettings\b/,
		from: /^[ \t]*from[ \t]+pydantic_settings\b/m,
		needs: ["pydantic-settings"],
		brings: [/^fastapi\[[^\]]*\ball/],
		fails: "the import fails",
	},
	{
		use: /\bhttp2\s*=\s*True/,
		from: /\bhttpx\b/,
		needs: ["h2"],
		brings: [/^httpx\[[^\]]*\bhttp2/],
		fails: "httpx refuses to make the client",
	},
	{
		use: /["']socks5h?:\/\//,
		from: /^[ \t]*(?:import|from)[ \t]+(?:requests|httpx)\b/m,
		needs: ["pysocks", "socksio"],
		brings: [/^(?:requests|httpx)\[[^\]]*\bsocks/],
		fails: "the first request through the proxy fails",
	},
	{
		use: /\.(?:read_parquet|to_parquet)\(/,
		from: /^[ \t]*import[ \t]+pandas\b/m,
		needs: ["pyarrow", "fastparquet"],
		brings: [/^pandas\[[^\]]*\b(?:parquet|all)/, /^(?:datasets|streamlit|awswrangler|deltalake|polars)\b/],
		fails: "pandas has no engine for Parquet",
	},
	{
		use: /\.(?:read_excel|to_excel)\(/,
		from: /^[ \t]*import[ \t]+pandas\b/m,
		needs: ["openpyxl", "xlsxwriter", "xlrd", "python-calamine", "pyxlsb", "odfpy"],
		brings: [/^pandas\[[^\]]*\b(?:excel|all)/],
		fails: "pandas has no engine for Excel",
	},
	database("postgresql\\+asyncpg", "asyncpg"),
	database("postgresql\\+psycopg", "psycopg", "psycopg-binary"),
	database(
		"(?:postgresql|postgres)(?:\\+psycopg2)?",
		"psycopg2",
		"psycopg2-binary",
		"psycopg",
		"psycopg-binary",
		"asyncpg",
		"pg8000",
	),
	database("mysql\\+pymysql", "pymysql"),
	database("mysql\\+aiomysql", "aiomysql"),
	database("sqlite\\+aiosqlite", "aiosqlite"),
];
