package io.headgate.examples.redteam;

import io.headgate.Headgate;
import io.headgate.examples.redteam.HonestClient.Service;
import io.headgate.examples.redteam.RedTeamReport.Sample;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Attacks a Headgate, one attack after the other, while an honest client asks it for a little, and
 * says of each what it tried, what stopped it, and what the honest client saw.
 *
 * <p>A host attacks its own with {@link #attack}: it registers agents and targets whose ids begin
 * with {@code red:}, and removes them. On a Headgate in use everybody sees what the honest client
 * sees. The program attacks one with the defaults, and exits with 0 if every attack was held, 1 if
 * one got through or something leaked, 2 for an option that cannot be used.
 */
public final class RedTeam {
  /** How the program is called. */
  public static final String USAGE =
      "red team [--seconds N] [--only NAME[,NAME...]] [--json]\n"
          + "  N seconds for each attack, 0.1 to 3600; 5 unless given. Attacks: "
          + String.join(", ", Attacks.names());

  private static final int GOT_THROUGH = 1;
  private static final int BAD_INPUT = 2;
  private static final double SECOND_NS = 1e9;
  private static final double MILLI_NS = 1e6;
  private static final Duration CALM = Duration.ofSeconds(10);
  private static final Duration WARM_UP = Duration.ofSeconds(1);
  private static final long QUIET_WITHIN_NS = TimeUnit.SECONDS.toNanos(10);
  private static final long QUIET_LOOK_MS = 20;

  /** Helpers of a Headgate that have nothing to do end after ten seconds. */
  private static final long THREADS_WITHIN_NS = TimeUnit.SECONDS.toNanos(15);

  private static final int FEW_THREADS = 4;
  private static final int THREADS_SLACK = 12;

  /**
   * What a flood of ids may leave behind for good: a million remembered ids of jobs (32 MB), and a
   * full table of removed targets with their histograms.
   */
  private static final long HEAP_SLACK_MB = 64;

  /** What the second half of the attacks may add, once those tables are as full as they get. */
  private static final long SECOND_HALF_SLACK_MB = 16;

  private final Headgate headgate;
  private final RedTeamOptions options;
  private final HonestClient honest;

  private RedTeam(Headgate headgate, RedTeamOptions options, HonestClient honest) {
    this.headgate = headgate;
    this.options = options;
    this.honest = honest;
  }

  public static void main(String[] args) throws InterruptedException {
    System.exit(run(List.of(args), RedTeamOptions.DEFAULT, System.out, System.err));
  }

  static int run(List<String> args, RedTeamOptions given, PrintStream out, PrintStream err)
      throws InterruptedException {
    RedTeamOptions options;
    boolean json = args.contains("--json");
    try {
      options = options(args, given);
    } catch (BadOptionException e) {
      err.println("red team: " + e.getMessage());
      err.println(USAGE);
      return BAD_INPUT;
    }
    var listener = new HostileListener();
    var clock = new JumpyClock();
    RedTeamReport report;
    try (Headgate headgate =
        Headgate.builder()
            .listener(listener)
            .clocks(clock.nanoClock(), clock.epochClock())
            .patience(Duration.ofSeconds(1))
            .build()) {
      report = attack(headgate, options.listener(listener).clock(clock));
    }
    out.println(json ? report.toJson() : report.toTable());
    return report.held() ? 0 : GOT_THROUGH;
  }

  private static RedTeamOptions options(List<String> args, RedTeamOptions given) {
    RedTeamOptions options = given;
    for (int i = 0; i < args.size(); i++) {
      switch (args.get(i)) {
        case "--json" -> {
          // of the output alone
        }
        case "--seconds" -> options = options.each(seconds(value(args, ++i)));
        case "--only" -> options = options.only(List.of(value(args, ++i).split(",")));
        default -> throw new BadOptionException("there is no option " + args.get(i));
      }
    }
    return options;
  }

  private static String value(List<String> args, int at) {
    if (at == args.size()) {
      throw new BadOptionException(args.get(at - 1) + " has no value");
    }
    return args.get(at);
  }

  private static Duration seconds(String text) {
    try {
      return Duration.ofNanos((long) (Double.parseDouble(text) * SECOND_NS));
    } catch (NumberFormatException e) {
      throw new BadOptionException("--seconds is " + text + ", but must be a number");
    }
  }

  /**
   * Attacks this Headgate. Takes as long as the options say for each attack and for the calm before
   * them, and some seconds more.
   *
   * @throws IllegalStateException if it has no place for the honest client or an attacker
   */
  public static RedTeamReport attack(Headgate headgate, RedTeamOptions options)
      throws InterruptedException {
    try (var honest = new HonestClient(headgate)) {
      return new RedTeam(headgate, options, honest).attack();
    }
  }

  private RedTeamReport attack() throws InterruptedException {
    Service _ = serveFor(options.each().compareTo(WARM_UP) < 0 ? options.each() : WARM_UP);
    Duration calmFor = options.each().compareTo(CALM) < 0 ? options.each() : CALM;
    Service calm = serveFor(calmFor);
    Sample start = Sample.now();
    Sample middle = start;
    List<Verdict> verdicts = new ArrayList<>();
    List<Attack> attacks =
        Attacks.all().stream()
            .filter(each -> options.only().isEmpty() || options.only().contains(each.name()))
            .toList();
    for (Attack attack : attacks) {
      Verdict verdict = attack(attack, calm);
      verdicts.add(verdict);
      if (verdicts.size() == (attacks.size() + 1) / 2) {
        middle = Sample.now();
      }
    }
    Sample end = atLast(start);
    return new RedTeamReport(verdicts, start, middle, end, leaks(start, middle, end));
  }

  private Service serveFor(Duration time) throws InterruptedException {
    honest.begin();
    Thread.sleep(time);
    return honest.end();
  }

  private Verdict attack(Attack attack, Service calm) throws InterruptedException {
    Map<String, Long> before = headgate.snapshot().outcomes();
    long errorsBefore = ownErrors();
    var ground =
        new Ground(attack.name(), System.nanoTime() + options.each().toNanos(), options, headgate);
    if (!attack.applies(ground)) {
      return new Verdict(
          attack.name(), attack.tries(), false, 0, 0, Map.of(), 1, 0, 0, 0, 0, 0, List.of());
    }
    honest.begin();
    attack.run(ground);
    Service service = honest.end();
    List<String> got = new ArrayList<>();
    if (!becomesQuiet(ground)) {
      got.add("calls that still wait or run ten seconds after");
    }
    got.addAll(attack.gotThrough(ground));
    got.addAll(ground.scandals());
    got.addAll(suffered(calm, service));
    headgate.audit().violations().forEach(violation -> got.add("the audit: " + violation));
    long errors = ownErrors() - errorsBefore;
    if (errors > 0) {
      got.add(errors + " errors of Headgate's own");
    }
    ground.leave();
    Sample sample = Sample.now();
    return new Verdict(
        attack.name(),
        attack.tries(),
        true,
        ground.submitted(),
        ground.admitted(),
        stoppedBy(ground, before),
        service.goodput() / Math.max(calm.goodput(), Double.MIN_NORMAL),
        service.p99Nanos() / MILLI_NS,
        calm.p99Nanos() / MILLI_NS,
        service.toldToWait(),
        sample.liveHeapBytes(),
        sample.threads(),
        got);
  }

  private long ownErrors() {
    return headgate.counters().asMap().getOrDefault("ownErrors", 0L);
  }

  private static boolean becomesQuiet(Ground ground) throws InterruptedException {
    long endNs = System.nanoTime() + QUIET_WITHIN_NS;
    while (!ground.isQuiet()) {
      if (System.nanoTime() - endNs > 0) {
        return false;
      }
      Thread.sleep(QUIET_LOOK_MS);
    }
    return true;
  }

  private List<String> suffered(Service calm, Service service) {
    List<String> suffered = new ArrayList<>();
    if (service.goodput() < options.bars().goodput() * calm.goodput()) {
      suffered.add(
          String.format(
              Locale.ROOT,
              "an honest client was answered %,d of %,d times in time: %s",
              service.answered(),
              service.asked(),
              service.failures()));
    }
    if (service.p99Nanos() > options.bars().p99Nanos(calm.p99Nanos())) {
      suffered.add(
          String.format(
              Locale.ROOT,
              "an honest client's p99 was %.1f ms, and %.1f in calm",
              service.p99Nanos() / MILLI_NS,
              calm.p99Nanos() / MILLI_NS));
    }
    return suffered;
  }

  // Whatever is no answer: refusals, exceptions for bad input, and how tasks ended.
  private Map<String, Long> stoppedBy(Ground ground, Map<String, Long> before) {
    Map<String, Long> reasons = new TreeMap<>(ground.answers());
    headgate
        .snapshot()
        .outcomes()
        .forEach(
            (outcome, count) -> {
              long ended = count - before.getOrDefault(outcome, 0L);
              if (ended > 0 && !outcome.equals("Completed")) {
                reasons.put(outcome, ended);
              }
            });
    return reasons;
  }

  private static Sample atLast(Sample start) throws InterruptedException {
    long endNs = System.nanoTime() + THREADS_WITHIN_NS;
    Sample sample = Sample.now();
    while (sample.threads() > start.threads() + FEW_THREADS && System.nanoTime() - endNs < 0) {
      Thread.sleep(500);
      sample = Sample.now();
    }
    return sample;
  }

  private static List<String> leaks(Sample start, Sample middle, Sample end) {
    List<String> leaks = new ArrayList<>();
    long grownMb = (end.liveHeapBytes() - start.liveHeapBytes()) >> 20;
    if (grownMb > HEAP_SLACK_MB) {
      leaks.add("the live heap grew by " + grownMb + " MB, more than " + HEAP_SLACK_MB);
    }
    long lateMb = (end.liveHeapBytes() - middle.liveHeapBytes()) >> 20;
    if (lateMb > SECOND_HALF_SLACK_MB) {
      leaks.add(
          "the live heap grew by "
              + lateMb
              + " MB in the second half, more than "
              + SECOND_HALF_SLACK_MB);
    }
    if (end.threads() > start.threads() + THREADS_SLACK) {
      leaks.add("there are " + (end.threads() - start.threads()) + " threads more than at first");
    }
    return leaks;
  }
}
