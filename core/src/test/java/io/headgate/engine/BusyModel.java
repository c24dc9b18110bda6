package io.headgate.engine;

import io.headgate.CallClass;
import io.headgate.ConcurrencyPolicy;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;

/**
 * A model in virtual time that always has more to do than may run: the limit is all that holds it
 * back. Calls take half a second, and so much for each token of prompt and answer; beyond what it
 * bears they queue.
 */
final class BusyModel {
  static final long SECOND = 1_000_000_000L;
  static final int MAX = 10_000;
  private static final double FIXED_S = 0.5;
  private static final double TOKEN_S = 0.0125;
  private static final double PROMPT_TOKEN_S = 0.0005;
  private static final double SIGMA = 0.3;

  private record Call(
      long startedNs,
      long endNs,
      long due,
      int beside,
      long prompt,
      long tokens,
      CallClass end,
      boolean lost) {}

  final AdaptiveLimit limit = new AdaptiveLimit();
  ConcurrencyPolicy policy = ConcurrencyPolicy.DEFAULT;
  int max = MAX;

  /** What it bears, by the second. */
  DoubleUnaryOperator bears = second -> 100;

  /** By how much calls take longer though nothing queues, by the second. */
  DoubleUnaryOperator slower = second -> 1;

  /** The share of calls that it refuses, by how many run over what it bears. */
  DoubleUnaryOperator refuses = load -> 0;

  /** The share of calls that say nothing of it. */
  double silent;

  /** The share of calls that get lost: no burden to the rest, and over after a while. */
  DoubleUnaryOperator loses = second -> 0;

  double lostAfterS = 15;
  CallClass lostEnd = CallClass.TIMED_OUT;
  private int lostRunning;

  /** Answers. */
  int answered;

  long shortTokens = 100;
  long longTokens = 100;
  long shortPrompt;
  long longPrompt;
  long now;
  double meanPermits;
  double meanLoad;
  private final PriorityQueue<Call> running =
      new PriorityQueue<>((a, b) -> Long.compare(a.endNs, b.endNs));
  private final SplittableRandom random;

  BusyModel(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Runs until then; the means are those of this time. */
  BusyModel until(long second) {
    double permits = 0;
    double load = 0;
    long from = now;
    answered = 0;
    while (now < second * SECOND) {
      while (running.size() < Math.min(max, limit.permits(policy))) {
        start();
      }
      Call next = running.remove();
      answered += next.end == CallClass.OK ? 1 : 0;
      permits += (double) limit.permits(policy) * (next.endNs - now);
      load +=
          (running.size() + 1 - lostRunning) / bears.applyAsDouble(now / 1e9) * (next.endNs - now);
      now = next.endNs;
      lostRunning -= next.lost ? 1 : 0;
      limit.ended(
          policy,
          max,
          next.end,
          next.startedNs,
          next.due,
          next.beside,
          next.prompt,
          next.tokens,
          now);
    }
    meanPermits = permits / (now - from);
    meanLoad = load / (now - from);
    return this;
  }

  private void start() {
    double second = now / 1e9;
    int beside = running.size() + 1 - limit.lost();
    double load = (running.size() + 1 - lostRunning) / bears.applyAsDouble(second);
    long tokens = random.nextBoolean() ? shortTokens : longTokens;
    long prompt = shortPrompt == longPrompt || random.nextBoolean() ? shortPrompt : longPrompt;
    double seconds =
        (FIXED_S + PROMPT_TOKEN_S * prompt + TOKEN_S * tokens)
            * StrictMath.exp(SIGMA * random.nextGaussian())
            * Math.max(1, load)
            * slower.applyAsDouble(second);
    CallClass end = CallClass.OK;
    if (random.nextDouble() < refuses.applyAsDouble(load)) {
      end = CallClass.REJECTED;
      seconds = 0.05;
    } else if (random.nextDouble() < silent) {
      end = CallClass.CANCELLED;
      seconds = 30;
    }
    boolean lost = random.nextDouble() < loses.applyAsDouble(second);
    if (lost) {
      end = lostEnd;
      seconds = lostAfterS;
      lostRunning++;
    }
    long due = limit.begins(prompt, now);
    running.add(
        new Call(now, now + (long) (seconds * 1e9), due, beside, prompt, tokens, end, lost));
    limit.started(policy, max, due, now);
  }
}
