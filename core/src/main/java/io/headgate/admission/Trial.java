package io.headgate.admission;

import org.jspecify.annotations.Nullable;

/**
 * A half-open breaker of which a call is a probe, or part of one, and those of which it is as well:
 * what a probe's call submits is let through with it, else a call whose own calls go to the same
 * target could never be well. Made by the engine when a probe starts, handed on by its attempt to
 * what that submits; so there are no more of them than two for each level of calls.
 *
 * @param target whose calls are on trial
 * @param opening of one of its breakers: of the target, of one of its rungs or of an agent at it;
 *     no two have the same
 * @param outer the others
 */
public record Trial(TargetGate target, int opening, @Nullable Trial outer) {
  /** Whether that opening is among them; none if there is no trial. */
  public static boolean isOf(@Nullable Trial trial, TargetGate target, int opening) {
    for (Trial each = trial; each != null; each = each.outer) {
      if (each.opening == opening && each.target == target) {
        return true;
      }
    }
    return false;
  }
}
