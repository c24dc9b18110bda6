package io.headgate.engine;

/**
 * Whose the last calls of a target were, and how they went: whether its trouble is that of some of
 * its agents, or everybody's. Not thread-safe.
 */
final class RecentCallers {
  /** As a kind of a call. */
  static final int FAILED = 1;

  /** Likewise. */
  static final int SLOW = 2;

  private static final int SIZE = 64;
  private static final int PERCENT = 100;

  /** So many bad calls of others are no chance. */
  private static final int NO_CHANCE = 8;

  /** Standard deviations of a chi-square, which has two variances for each degree of freedom. */
  private static final double DEVIATIONS = 3;

  private final int[] agents = new int[SIZE];
  private final byte[] kinds = new byte[SIZE];

  // To count with, one for each agent.
  private final int[] firsts = new int[SIZE];
  private final int[] calls = new int[SIZE];
  private final int[] badCalls = new int[SIZE];

  // The oldest one's place, behind which the others follow.
  private int first;
  private int count;

  /** An agent's call has ended: it failed, was slow, both, or neither. */
  void add(int agent, int kind) {
    put(count, agent, (byte) kind);
    if (count < SIZE) {
      count++;
    } else {
      first = (first + 1) % SIZE;
    }
  }

  /** Forgets an agent's calls: another one is to come to its index, and did not make them. */
  void forget(int agent) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int at = placeOf(i);
      if (agents[at] != agent) {
        put(kept++, agents[at], kinds[at]);
      }
    }
    count = kept;
  }

  private void put(int number, int agent, byte kind) {
    int at = placeOf(number);
    agents[at] = agent;
    kinds[at] = kind;
  }

  private int placeOf(int number) {
    return (first + number) % SIZE;
  }

  /**
   * Whether so many of the last calls are bad, and not only those of some agents: more than by
   * chance, by the log-likelihood ratio of "each agent has a rate of its own" against "all have
   * one" (the G test), three standard deviations above its mean, while the others do well.
   *
   * @param bad {@link #FAILED} or {@link #SLOW}
   * @param percent of bad calls from which on nobody does well
   */
  boolean isEverybodys(int bad, int percent) {
    int found = countByAgent(bad);
    int all = sum(badCalls, found);
    if ((long) all * PERCENT < (long) percent * count) {
      return false;
    }
    if (found < 2 || all == count) {
      return true;
    }
    double g = -2 * logLikelihood(all, count);
    int othersCalls = 0;
    int othersBad = 0;
    for (int i = 0; i < found; i++) {
      g += 2 * logLikelihood(badCalls[i], calls[i]);
      if ((long) badCalls[i] * count <= (long) all * calls[i]) {
        othersCalls += calls[i];
        othersBad += badCalls[i];
      }
    }
    int freedom = found - 1;
    return g <= freedom + DEVIATIONS * StrictMath.sqrt(2.0 * freedom)
        || (long) othersBad * PERCENT >= (long) percent * othersCalls;
  }

  /** Whether so many of the last calls are bad without those of the agent that has most of them. */
  boolean isOthersToo(int bad, int percent) {
    int found = countByAgent(bad);
    int worst = 0;
    for (int i = 1; i < found; i++) {
      worst = badCalls[i] > badCalls[worst] ? i : worst;
    }
    int othersBad = found == 0 ? 0 : sum(badCalls, found) - badCalls[worst];
    return othersBad >= NO_CHANCE
        && (long) othersBad * PERCENT >= (long) percent * (count - calls[worst]);
  }

  private static int sum(int[] of, int found) {
    int sum = 0;
    for (int i = 0; i < found; i++) {
      sum += of[i];
    }
    return sum;
  }

  private int countByAgent(int bad) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      int at = placeOf(i);
      int place = 0;
      while (place < found && agents[firsts[place]] != agents[at]) {
        place++;
      }
      if (place == found) {
        firsts[found] = at;
        calls[found] = 0;
        badCalls[found] = 0;
        found++;
      }
      calls[place]++;
      badCalls[place] += (kinds[at] & bad) != 0 ? 1 : 0;
    }
    return found;
  }

  // Of so many of so many, by their own rate.
  private static double logLikelihood(int some, int of) {
    return some == 0 || some == of
        ? 0
        : some * StrictMath.log((double) some / of)
            + (of - some) * StrictMath.log((double) (of - some) / of);
  }
}
