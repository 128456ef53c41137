/**
 * Files and folders that nobody links to and scanners ask for first (OWASP Web Security Testing Guide, WSTG-CONF-04 and -05;
 * SecLists, Discovery/Web-Content/quickhits.txt).
 */
const probed =
  /^\/(?:.{0,60}\/)?(?:\.(?:git\/(?:config|head|index)|svn\/entries|env(?:\.\w{1,10})?|ht(?:passwd|access)|ds_store|aws\/credentials|ssh\/|bash_history|vscode\/|idea\/)|wp-(?:login|config|admin|content\/plugins)|xmlrpc\.php|php(?:myadmin|info|unit)|pma\/|adminer|server-(?:status|info)|cgi-bin\/|manager\/html|actuator(?:\/|$)|jmx-console|solr\/|owa\/|autodiscover|boaform|hnap1|config\.(?:php|json|ya?ml|bak)|web\.config|backup(?:s|\.\w{2,6})?(?:\/|$)|(?:db|dump|database|backup|site|www)\.(?:sql|zip|tar|tgz|gz|bak)|(?:shell|cmd|c99|r57|eval-stdin|test|info)\.(?:php|asp|aspx|jsp)|console(?:\/|$)|id_rsa|etc\/(?:passwd|shadow)|login\.(?:cgi|asp|action)|struts|vendor\/phpunit)/i;

const maxProbed = 64;

/** What one client looked for in vain on one server that nobody has to know of. */
export class ProbedPaths {
  readonly #paths = new Set<string>();

  get size(): number {
    return this.#paths.size;
  }

  /** The server has nothing at `path`, or keeps it to itself. */
  add(path: string): void {
    if (this.#paths.size < maxProbed) this.#paths.add(path);
  }
}

/** The path of a request target that is looked for by scanners; null when it is an ordinary one. */
export function probedPath(target: string): string | null {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return probed.test(path) ? path.slice(0, 100) : null;
}
