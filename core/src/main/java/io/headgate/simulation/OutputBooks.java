package io.headgate.simulation;

import io.headgate.EstimatePolicy;
import io.headgate.simulation.Books.Party;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the referee keeps of the output of calls: what is learned of them lies between the least and
 * the most that was seen, and is not learned of fewer calls than it takes.
 */
final class OutputBooks {
  private static final double ROUNDING = 1.125;

  private static final class Seen {
    long calls;
    long least = Long.MAX_VALUE;
    long most;
    long reserved;
  }

  private final Map<Long, Seen> seen = new HashMap<>();

  private Seen of(Party target, @Nullable Party agent) {
    long key = ((long) target.index << 32) | (agent == null ? -1L >>> 32 : agent.index);
    return seen.computeIfAbsent(key, k -> new Seen());
  }

  /** A call has done its work, and is known to have had so many output tokens. */
  void ended(Party target, Party agent, long outputTokens) {
    add(of(target, null), outputTokens);
    add(of(target, agent), outputTokens);
  }

  private static void add(Seen seen, long outputTokens) {
    seen.calls++;
    seen.least = Math.min(seen.least, outputTokens);
    seen.most = Math.max(seen.most, outputTokens);
  }

  /** That is told as news. */
  void told(Party target, @Nullable Party agent, long tokens) {
    Seen of = of(target, agent);
    if (tokens != of.reserved) {
      throw new Violation(target + " reserves " + of.reserved + ", and " + tokens + " are told");
    }
  }

  /** So many tokens are reserved from now on; 0: what the estimate says. */
  void learned(Party target, @Nullable Party agent, long tokens, EstimatePolicy policy) {
    Seen of = of(target, agent);
    of.reserved = tokens;
    if (tokens == 0) {
      return;
    }
    double margin = 1 + policy.marginPercent() / 100.0;
    boolean holds =
        policy.isOn()
            && of.calls >= policy.minCalls()
            && tokens + 1 >= of.least * margin
            && tokens <= Math.max(1, of.most) * ROUNDING * margin + 1;
    if (!holds) {
      throw new Violation(
          "calls of "
              + (agent == null ? "all" : agent)
              + " at "
              + target
              + " reserve "
              + tokens
              + " output tokens, after "
              + of.calls
              + " that had "
              + of.least
              + " to "
              + of.most);
    }
  }
}
