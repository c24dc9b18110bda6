package io.headgate.simulation;

import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A provider that behaves as its model says: who calls it sleeps, fails, or hangs. */
final class Provider {
  private static final CallFailed.Kind[] KINDS = {
    CallFailed.Kind.UNAVAILABLE,
    CallFailed.Kind.GATEWAY_TIMEOUT,
    CallFailed.Kind.RESET,
    CallFailed.Kind.BAD_ANSWER
  };

  private static final long PIECE_TOKENS = 64;

  private final World world;
  private final ProviderModel inStorm;
  private final ProviderModel inCalm;
  private final long calmFromNs;
  private final SplittableRandom random;
  private final boolean streams;
  private final @Nullable SharedLock lock;
  private int running;
  private final RateLimiter limiter = new RateLimiter();

  /**
   * @param calmFromNs from when on it behaves as it does in calm weather
   */
  Provider(World world, Scenario.TargetPart part, long calmFromNs, long seed) {
    this(world, part.provider(), part.inCalm(), part.streams(), part.lock(), calmFromNs, seed);
  }

  /** One of a lower rung. */
  Provider(
      World world,
      ProviderModel inStorm,
      ProviderModel inCalm,
      boolean streams,
      @Nullable SharedLock lock,
      long calmFromNs,
      long seed) {
    this.world = world;
    this.inStorm = inStorm;
    this.inCalm = inCalm;
    this.calmFromNs = calmFromNs;
    this.random = new SplittableRandom(seed);
    this.streams = streams;
    this.lock = lock;
  }

  /** For how long a call hangs that hears nothing, where hanging has no end of its own. */
  private static final long LONGEST_HANG_NS = 5_000_000_000L;

  /** One call, on the attempt's actor: it is as the weather is when it begins. */
  void call(VirtualAttempt attempt, Demand demand) throws CallFailed, Actor.Interrupted {
    ProviderModel model = world.agenda.nowNs() < calmFromNs ? inStorm : inCalm;
    limit(model, attempt);
    double slower = 1;
    double out = 0;
    double bears = model.capacity().calls();
    double hanging = model.failures().hangs();
    long hangsUntilNs = 0;
    double lost = 0;
    long lostNs = 0;
    double broken = 0;
    long now = world.agenda.nowNs();
    for (Disturbance each : model.disturbances()) {
      if (now >= each.from().toNanos() && now < each.to().toNanos()) {
        switch (each) {
          case Disturbance.Brownout(var _, var _, double factor) -> slower *= factor;
          case Disturbance.Drift drift -> slower *= drift.at(now);
          case Disturbance.Outage(var _, var _, double share) -> out = Math.max(out, share);
          case Disturbance.Hang(var _, Duration to, double share) -> {
            hanging = Math.max(hanging, share);
            hangsUntilNs = Math.max(hangsUntilNs, to.toNanos());
          }
          case Disturbance.Loss(var _, var _, double share, Duration after) -> {
            lost = Math.max(lost, share);
            lostNs = Math.max(lostNs, after.toNanos());
          }
          case Disturbance.BadNight(var _, var _, double share) -> broken = Math.max(broken, share);
          case Disturbance.CapacityLoss(var _, var _, double share) -> bears *= 1 - share;
        }
      }
    }
    if (Draw.happens(random, out)) {
      world.hit(FaultPoint.PROVIDER_OUT);
      attempt.usage(0, 0);
      throw new CallFailed(CallFailed.Kind.UNAVAILABLE, 0);
    }
    if (Draw.happens(random, lost)) {
      attempt.sleep(lostNs);
      attempt.usage(0, 0);
      throw new CallFailed(CallFailed.Kind.GATEWAY_TIMEOUT, 0);
    }
    Broken how = Draw.happens(random, broken) ? Broken.at(random.nextDouble()) : Broken.NOT;
    how.before(attempt);
    boolean deaf = Draw.happens(random, model.failures().deaf());
    boolean hangs = Draw.happens(random, hanging);
    boolean fails = Draw.happens(random, model.failures().errors());
    CallFailed.Kind kind = KINDS[random.nextInt(KINDS.length)];
    long output = Math.min(demand.outputTokens(), streams ? Long.MAX_VALUE : cap(attempt));
    double load = (running + 1) / Math.max(1, bears);
    if (load > 1 && model.capacity().slowdown() > 0) {
      world.hit(FaultPoint.PROVIDER_SLOWED);
      slower *= 1 + model.capacity().slowdown() * (load - 1);
    }
    long ns =
        (long)
            Math.min(
                (double) Latency.LONGEST.toNanos(),
                model.latency().drawNs(random, demand.inputTokens(), output) * slower);
    running++;
    try {
      if (hangs) {
        world.hit(FaultPoint.PROVIDER_HANGS);
        // Even a call that hears nothing ends at last: its socket is closed from the other end.
        long restNs =
            hangsUntilNs > now || !deaf
                ? Math.min(hangsUntilNs - now, Latency.LONGEST.toNanos())
                : attempt.remainingNs() + random.nextLong(LONGEST_HANG_NS);
        ns = Math.max(2 * attempt.remainingNs() + ns, deaf ? restNs : 0);
      }
      run(attempt, ns, deaf, output);
      if (lock != null) {
        lock.hold(attempt, lock.held().drawNs(random, 0, 0));
      }
    } finally {
      running--;
    }
    if (fails || hangs) {
      world.hit(FaultPoint.PROVIDER_ERROR);
      if (kind != CallFailed.Kind.BAD_ANSWER) {
        attempt.usage(0, 0);
        throw new CallFailed(kind, 0);
      }
    }
    report(model, attempt, demand, output);
    how.after(attempt);
    if (fails || hangs) {
      throw new CallFailed(kind, 0);
    }
  }

  /** Whether what it would answer is longer than the call's cap. */
  boolean cutsShort(VirtualAttempt attempt, Demand demand) {
    return !streams && demand.outputTokens() > cap(attempt);
  }

  private static long cap(VirtualAttempt attempt) {
    return attempt.task().outputTokens();
  }

  private void limit(ProviderModel model, VirtualAttempt attempt)
      throws CallFailed, Actor.Interrupted {
    RateLimit limit = model.rateLimit();
    if (limit.told()) {
      attempt.quota(limit.quotaAt(world.agenda.nowNs()));
    }
    if (limit.isNone() || limiter.takes(limit, attempt.task().tokens(), world.agenda.nowNs())) {
      return;
    }
    world.hit(FaultPoint.PROVIDER_RATE_LIMIT);
    attempt.usage(0, 0);
    if (!limit.answersIn().isZero()) {
      attempt.sleep(limit.answersIn().toNanos());
    }
    throw new CallFailed(CallFailed.Kind.RATE_LIMITED, limit.retryAfter().toNanos());
  }

  /** What it has taken. */
  RateLimiter limiter() {
    return limiter;
  }

  private void run(VirtualAttempt attempt, long ns, boolean deaf, long output)
      throws Actor.Interrupted {
    if (deaf) {
      world.hit(FaultPoint.DEAF_CALL);
      attempt.sleepThroughInterrupts(ns);
    } else if (streams && output > 0) {
      long pieces = Math.ceilDiv(output, PIECE_TOKENS);
      for (long piece = 0; piece < pieces; piece++) {
        attempt.sleep(ns / pieces);
        if (!attempt.charge(Math.min(PIECE_TOKENS, output - piece * PIECE_TOKENS))) {
          return;
        }
      }
    } else {
      attempt.sleep(ns);
    }
  }

  private void report(ProviderModel model, VirtualAttempt attempt, Demand demand, long output) {
    if (streams && !Draw.happens(random, model.usage().wrong())) {
      return; // charged as it came
    }
    if (!streams && Draw.happens(random, model.usage().missing())) {
      world.hit(FaultPoint.USAGE_MISSING);
    } else if (streams || Draw.happens(random, model.usage().wrong())) {
      world.hit(FaultPoint.USAGE_WRONG);
      long held = attempt.task().tokens();
      // Mostly within what was held twice over; now and then off by far.
      long most = random.nextInt(4) == 0 ? 10 * held : held;
      attempt.usage(random.nextLong(most + 1), random.nextLong(most + 1));
    } else {
      attempt.usage(demand.inputTokens(), output);
    }
  }
}
