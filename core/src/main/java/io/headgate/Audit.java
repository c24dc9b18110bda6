package io.headgate;

import java.util.List;

/**
 * Whether the gates and the engine's ledger agree and every bound held, taken at one logical
 * moment.
 *
 * @param atRest nothing waits, runs or is suspended, and no job is open
 * @param violations each invariant found broken, in words; empty when all is well. At rest this
 *     includes conservation: every permit, place and token is back
 */
public record Audit(boolean atRest, List<String> violations) {
  /** Copies the list. */
  public Audit {
    violations = List.copyOf(violations);
  }

  /** Nothing was found broken. */
  public boolean isSound() {
    return violations.isEmpty();
  }
}
