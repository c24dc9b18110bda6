package io.headgate.simulation;

import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.Task;
import java.time.Duration;

/**
 * What a job does once it is there. Immutable, changed by copies: {@code JobModel.chat().calls(3,
 * 12).children(0.3, 2, 2)}.
 *
 * @param settings its budget and deadline
 * @param calls that it makes
 * @param tokens of each call
 * @param children that calls call
 * @param manners of the client
 * @param arguments of each call
 * @param firm the share of the calls that no lower rung may answer, 0 to 1
 * @param idempotent the share of the calls that may be made twice, 0 to 1
 */
public record JobModel(
    JobSettings settings,
    Calls calls,
    Tokens tokens,
    Children children,
    Manners manners,
    Arguments arguments,
    double firm,
    double idempotent) {

  /**
   * The calls of a job.
   *
   * @param min 1 to 10,000
   * @param max at most that many, evenly drawn; min to 10,000
   * @param parallel whether all are made at once, each by a thread of its own, not one after the
   *     other
   * @param priority of each
   * @param ttl how long each may wait; {@link #NO_TTL} for as long as the job lasts
   * @param think from one call to the next, when they are made one after the other; exponential
   *     with this mean
   * @param apart whether each stands for itself, as where a host knows no jobs; only if they are
   *     made one after the other
   */
  public record Calls(
      int min,
      int max,
      boolean parallel,
      Priority priority,
      Duration ttl,
      Duration think,
      boolean apart) {
    /** A tenth of a millisecond: what a client takes to ask again. */
    public static final Duration AT_ONCE = Duration.ofNanos(100_000);

    /** As {@code ttl}: none. */
    public static final Duration NO_TTL = Duration.ofNanos(Task.NO_TTL);

    /** Checks every bound. */
    public Calls {
      Checks.within("job's min calls", min, 1, 10_000, "use 1 for a job of one call");
      Checks.within("job's max calls", max, min, 10_000, "use as many as the least, or more");
      Checks.notNull("job's priority", priority, "use Priority.NORMAL");
      var _ = Checks.nanos("job's ttl", ttl, Duration.ofNanos(1), NO_TTL);
      var _ = Checks.nanos("job's think", think, Duration.ofNanos(1), FOREVER);
    }

    /** Calls that follow each other at once. */
    public Calls(int min, int max, boolean parallel, Priority priority, Duration ttl) {
      this(min, max, parallel, priority, ttl, AT_ONCE, false);
    }

    /** From one call to the next. */
    public Calls think(Duration think) {
      return new Calls(min, max, parallel, priority, ttl, think, apart);
    }

    /** Each for itself. */
    public Calls eachApart() {
      return new Calls(min, max, parallel, priority, ttl, think, true);
    }

    /** The priority of each. */
    public Calls priority(Priority priority) {
      return new Calls(min, max, parallel, priority, ttl, think, apart);
    }
  }

  /**
   * The size of a call.
   *
   * @param input median, 0 to 10^9
   * @param output median, 0 to 10^9
   * @param sigma standard deviation of the logarithm of both, 0 to 4
   * @param known whether the client says how much output it wants, within a factor of two; else the
   *     target's maximum is reserved
   */
  public record Tokens(long input, long output, double sigma, boolean known) {
    /** Checks every bound. */
    public Tokens {
      Checks.tokens("job's input tokens", input);
      Checks.tokens("job's output tokens", output);
      Checks.within("job's token sigma", sigma, 0, 4, "use 0.3 to 1 for a usual mix");
    }
  }

  /**
   * The calls that calls make.
   *
   * @param share of the calls that call others, 0 to 1
   * @param fanOut how many they call and wait for, 0 to 100
   * @param depth to which they nest, 0 to 100
   * @param siblings the share of the calls that wait for another call of their job, whatever that
   *     one waits for, 0 to 1
   * @param loops the share of the calls of a job that are made again and again by a model that does
   *     not notice, until the job ends it, 0 to 1
   */
  public record Children(double share, int fanOut, int depth, double siblings, double loops) {
    /** No children, no loops. */
    public static final Children NONE = new Children(0, 0, 0, 0, 0);

    /** Checks every bound. */
    public Children {
      Checks.share("job's share of children", share);
      Checks.within("job's fanOut", fanOut, 0, 100, "use 0 for no children");
      Checks.within("job's depth", depth, 0, 100, "use 0 for no children");
      Checks.share("job's siblings", siblings);
      Checks.share("job's loops", loops);
    }
  }

  /**
   * How a client bears it.
   *
   * @param retries how often a refused or failed call is tried again, 0 to 10,000
   * @param hammers whether it tries again at once, whatever the refusal said
   * @param patience after which it gives a call up and cancels it
   * @param pause before it tries again, at least
   * @param anyway whether it also tries again what has timed out
   * @param punctual whether it comes back just when it was told to, and adds no jitter of its own
   */
  public record Manners(
      int retries,
      boolean hammers,
      Duration patience,
      Duration pause,
      boolean anyway,
      boolean punctual) {
    private static final Duration SHORT = Duration.ofMillis(1);

    /** One that does not try again what has timed out. */
    public Manners(int retries, boolean hammers, Duration patience, Duration pause) {
      this(retries, hammers, patience, pause, false, false);
    }

    /** One that tries again what has timed out, if that is said. */
    public Manners(
        int retries, boolean hammers, Duration patience, Duration pause, boolean anyway) {
      this(retries, hammers, patience, pause, anyway, false);
    }

    /** It comes back just when it was told to. */
    public Manners toTheMoment() {
      return new Manners(retries, hammers, patience, pause, anyway, true);
    }

    /** One that tries again after a millisecond, or when it was told to. */
    public Manners(int retries, boolean hammers, Duration patience) {
      this(retries, hammers, patience, SHORT);
    }

    /** Checks every bound. */
    public Manners {
      Checks.within("client's retries", retries, 0, 10_000, "use 0 for none");
      var _ = Checks.nanos("client's patience", patience, Duration.ofNanos(1), FOREVER);
      var _ = Checks.nanos("client's pause", pause, Duration.ofNanos(1), FOREVER);
    }
  }

  /**
   * The arguments of calls, at which loop guards look.
   *
   * @param distinct how many there are, evenly drawn, 0 to 1,000,000; 0 for calls without
   * @param circles the share of the jobs whose calls go round in circles instead, 0 to 1
   * @param period over how many arguments, 1 to 100
   * @param goesOn whether a job that is refused a call as a repetition goes on with its next one,
   *     as a model does that is told why; it counts as not done all the same. Else that is its end
   */
  public record Arguments(int distinct, double circles, int period, boolean goesOn) {
    /** Calls without arguments. */
    public static final Arguments NONE = new Arguments(0, 0, 1);

    /** Of jobs that end where a call is a repetition. */
    public Arguments(int distinct, double circles, int period) {
      this(distinct, circles, period, false);
    }

    /** Checks every bound. */
    public Arguments {
      Checks.within("job's distinct arguments", distinct, 0, 1_000_000, "use 0 for none");
      Checks.share("job's circles", circles);
      Checks.within("job's period", period, 1, 100, "use 1 for the same call again and again");
    }
  }

  private static final Duration FOREVER = Duration.ofDays(365);

  /** Checks that all is there. */
  public JobModel {
    Checks.notNull("job's settings", settings, "use JobSettings.DEFAULT");
    Checks.notNull("job's calls", calls, "use new Calls(...)");
    Checks.notNull("job's tokens", tokens, "use new Tokens(...)");
    Checks.notNull("job's children", children, "use Children.NONE");
    Checks.notNull("client's manners", manners, "use new Manners(...)");
    Checks.notNull("job's arguments", arguments, "use Arguments.NONE");
    Checks.share("job's firm", firm);
    Checks.share("job's idempotent", idempotent);
  }

  /** One call of 1,000 tokens in and 300 out, five minutes, no budget, three polite retries. */
  public static JobModel chat() {
    return new JobModel(
        JobSettings.DEFAULT.deadline(Duration.ofMinutes(5)),
        new Calls(1, 1, false, Priority.NORMAL, Calls.NO_TTL),
        new Tokens(1_000, 300, 0.5, true),
        Children.NONE,
        new Manners(3, false, FOREVER),
        Arguments.NONE,
        0,
        0);
  }

  /** Its budget and deadline. */
  public JobModel settings(JobSettings settings) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** How many calls it makes, one after the other. */
  public JobModel calls(int min, int max) {
    return calls(
        new Calls(min, max, calls.parallel, calls.priority, calls.ttl, calls.think, calls.apart));
  }

  /** What calls it makes. */
  public JobModel calls(Calls calls) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** How large its calls are. */
  public JobModel tokens(long input, long output, double sigma) {
    return tokens(new Tokens(input, output, sigma, tokens.known));
  }

  /** How large its calls are, and whether that is known. */
  public JobModel tokens(Tokens tokens) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** Which calls call others. */
  public JobModel children(double share, int fanOut, int depth) {
    return children(new Children(share, fanOut, depth, children.siblings, children.loops));
  }

  /** Which calls call others, and which loop. */
  public JobModel children(Children children) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** What its calls are given. */
  public JobModel arguments(Arguments arguments) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** The share of its calls that no lower rung may answer. */
  public JobModel firm(double firm) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** The share of the calls that may be made twice. */
  public JobModel idempotent(double idempotent) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }

  /** How its client bears it. */
  public JobModel manners(Manners manners) {
    return new JobModel(settings, calls, tokens, children, manners, arguments, firm, idempotent);
  }
}
