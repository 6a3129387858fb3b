// Lints the page's modules and their tests: `npm run lint`. Development only.

import js from "@eslint/js";
import globals from "globals";

const FOLDERS = ["core", "ranking", "playing", "views"]; // a folder imports only from those before it

const later = (folder) => FOLDERS.slice(FOLDERS.indexOf(folder) + 1).map((name) => `../${name}/*`);

export default [
  { ignores: ["**/node_modules/", "**/.venv/", "checkpoints/", "catalog/"] },
  js.configs.recommended,
  {
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      "object-shorthand": "error",
      "no-param-reassign": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "max-len": ["error", { code: 110, ignoreUrls: true, ignoreRegExpLiterals: true,
        ignorePattern: "^  \\w+: \"M" /* an icon's path */ }],
      complexity: ["error", 20],
    },
  },
  {
    files: ["vmr/page/static/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "max-lines": ["error", { max: 250, skipComments: true }],
      "max-lines-per-function": ["error", { max: 45, skipComments: true }],
      "no-console": "error",
      "no-eval": "error",
      "no-restricted-properties": ["error",
        ...["innerHTML", "insertAdjacentHTML", "setHTMLUnsafe"].map((property) => (
          { property, message: "Text from files and people is only ever textContent: use h()." }))],
    },
  },
  ...FOLDERS.slice(0, -1).map((folder) => ({
    files: [`vmr/page/static/${folder}/**/*.js`],
    rules: { "no-restricted-imports": ["error", { patterns: later(folder) }] },
  })),
  {
    files: ["tests/js/**/*.mjs", "tests/browser/*.js", "*.config.js"],
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
  },
];
