package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.ArgumentsDigest;
import io.headgate.BreakerPolicy;
import io.headgate.CallClass;
import io.headgate.JobSettings;
import io.headgate.LoopPolicy;
import io.headgate.Price;
import io.headgate.Refusal;
import io.headgate.TargetSettings;
import io.headgate.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * An agent goes round in a circle of one to eight calls of tools, and heeds no refusal: what that
 * costs until its job is cut off, or its $5.00 are spent. Before each call of a tool the model
 * reads all that there was so far. And agents that get on with their work: how many of them are
 * refused a call. A usual stack bounds the rounds of every agent instead, be they circles or work.
 */
final class ToolLoop implements Experiment {
  /** A host that runs an agent. */
  private record Arm(String name, LoopPolicy guard, int maxRounds) {}

  private static final Arm HEADGATE = new Arm("headgate", LoopPolicy.DEFAULT, Integer.MAX_VALUE);
  private static final Arm NO_GUARD = new Arm("no guard", LoopPolicy.OFF, Integer.MAX_VALUE);

  // LangGraph's recursion_limit: 25 steps of its graph, two to a round (model, tools).
  private static final Arm USUAL = new Arm("usual stack", LoopPolicy.OFF, 12);

  // LangChain4j's maxSequentialToolsInvocations.
  private static final Arm GENEROUS = new Arm("100 rounds", LoopPolicy.OFF, 100);

  private static final List<Arm> ARMS = List.of(HEADGATE, NO_GUARD, USUAL, GENEROUS);

  /** The guard's two halves, each without the other. */
  private static final List<Arm> HALVES =
      List.of(
          new Arm("same calls alone", LoopPolicy.DEFAULT.cycles(1, 2), Integer.MAX_VALUE),
          new Arm(
              "cycles alone",
              LoopPolicy.DEFAULT.sameCalls(LoopPolicy.UNLIMITED),
              Integer.MAX_VALUE));

  /** Each call of the circle is refused, and nobody ends the job that asks for the next. */
  private static final String NO_CUT_OFF = "guard, no cut-off";

  private static final JobSettings NEVER_CUT_OFF =
      JobSettings.DEFAULT.maxLoops(JobSettings.NO_LIMIT);

  private static final double BUDGET = 5.00;
  private static final int LONGEST = 8;
  private static final int INCIDENTS = 200;
  private static final int TRANSCRIPTS = 100_000;

  private final int transcripts;

  ToolLoop() {
    this(TRANSCRIPTS);
  }

  /**
   * @param transcripts of honest work
   */
  ToolLoop(int transcripts) {
    this.transcripts = transcripts;
  }

  /** Of honest calls, which are tried again. */
  private static final double FAILURES = 0.01;

  private static final double MANY_FAILURES = 0.05;

  /** A line keeps a trace of each call: it is replaced after so many transcripts. */
  private static final int TRANSCRIPTS_OF_A_LINE = 100;

  // An incident's tokens: system prompt, tools and request; a call as the model writes it; what a
  // tool answers, or a refusal says.
  private static final Price PRICE = Price.perMillionTokens(2.5, 10);
  private static final long PROMPT = 1_200;
  private static final long CALL = 40;
  private static final long RESULT = 160;
  private static final long LONG_RESULT = 1_000;
  private static final long REFUSED = 40;

  private static final long MODEL_NS = 2_000_000_000;
  private static final long TOOL_NS = 300_000_000;
  private static final int TOOLS = HonestTranscript.Tool.values().length;
  private static final int MODEL = TOOLS;
  private static final Duration POLLED = Duration.ofSeconds(30);
  private static final Duration DAY = Duration.ofDays(1);
  private static final String NAME = "tool-loop";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "an agent in a circle of 1 to 8 calls: stopped early, and honest ones left alone";
  }

  @Override
  public List<ExperimentRow> run() {
    List<ExperimentRow> rows = new ArrayList<>();
    for (int period = 1; period <= LONGEST; period++) {
      for (Arm arm : ARMS) {
        rows.add(
            new ExperimentRow(
                NAME,
                "most dollars spent, period " + period,
                arm.name(),
                incidents(arm, period, JobSettings.DEFAULT, RESULT, Math::max),
                arm == HEADGATE ? atMost(0.25) : null));
      }
      // Else there was no incident to be stopped.
      rows.add(
          new ExperimentRow(
              NAME,
              "least dollars spent, period " + period,
              NO_GUARD.name(),
              incidents(NO_GUARD, period, JobSettings.DEFAULT, RESULT, Math::min),
              atLeast(0.98 * BUDGET)));
      rows.add(
          new ExperimentRow(
              NAME,
              "most dollars spent, period " + period,
              NO_CUT_OFF,
              incidents(HEADGATE, period, NEVER_CUT_OFF, RESULT, Math::max),
              null));
    }
    for (int period : new int[] {1, LONGEST}) {
      for (Arm arm : HALVES) {
        rows.add(
            new ExperimentRow(
                NAME,
                "most dollars spent, period " + period,
                arm.name(),
                incidents(arm, period, JobSettings.DEFAULT, RESULT, Math::max),
                null));
      }
    }
    for (int maxLoops : new int[] {JobSettings.DEFAULT.maxLoops(), 1}) {
      rows.add(
          new ExperimentRow(
              NAME,
              "most dollars, period 8, long results, maxLoops " + maxLoops,
              HEADGATE.name(),
              incidents(
                  HEADGATE,
                  LONGEST,
                  JobSettings.DEFAULT.maxLoops(maxLoops),
                  LONG_RESULT,
                  Math::max),
              null));
    }
    for (Arm arm : ARMS) {
      rows.add(
          new ExperimentRow(
              NAME,
              String.format("of %,d honest transcripts, refused", transcripts),
              arm.name(),
              honestRefused(arm, transcripts, FAILURES),
              arm == HEADGATE ? atMost(0.001) : null));
    }
    rows.add(
        new ExperimentRow(
            NAME,
            "of honest transcripts with 5 % failures, refused",
            HEADGATE.name(),
            honestRefused(HEADGATE, transcripts / 10, MANY_FAILURES),
            null));
    for (Marks marks : Marks.values()) {
      rows.add(
          new ExperimentRow(
              NAME,
              "of honest transcripts, refused, by what tools are marked as",
              marks.arm,
              honestRefused(HEADGATE, marks, transcripts / 10, FAILURES),
              marks == Marks.ALL ? atMost(0.001) : null));
    }
    return rows;
  }

  // ---- circles

  private interface Pick {
    double of(double one, double other);
  }

  private static double incidents(
      Arm arm, int period, JobSettings settings, long result, Pick pick) {
    double picked = Double.NaN;
    for (int seed = 0; seed < INCIDENTS; seed++) {
      double dollars = incident(arm, period, settings, result, seed);
      picked = seed == 0 ? dollars : pick.of(picked, dollars);
    }
    return picked;
  }

  /** What one costs, in dollars: which tools are in the circle, writers or not, the seed says. */
  private static double incident(
      Arm arm, int period, JobSettings settings, long result, long seed) {
    var random = new SplittableRandom(seed);
    // One goes on to the next call when one was refused, another insists.
    boolean insists = random.nextBoolean();
    int[] circle = circle(period, random);
    var line = new CallLine(1, targets(arm.guard()));
    VirtualJob job = line.open(settings.moneyBudget(BUDGET));
    long context = PROMPT;
    int at = 0;
    for (int round = 0; round < arm.maxRounds(); round++) {
      if (line.call(job, 0, step(MODEL, Task.NO_ARGUMENTS, context, CALL, MODEL_NS)) != null) {
        break; // cut off, or nothing is left to spend
      }
      Refusal refusal = line.call(job, 0, step(circle[at], 1 + at, 0, 0, TOOL_NS));
      context += CALL + (refusal == null ? result : REFUSED);
      if (refusal == null || !insists) {
        at = (at + 1) % period;
      }
    }
    line.close(job);
    return job.spentMoney / 1e9;
  }

  /** Of any tools, of which one at most is polled: its guard is the laxer one. */
  private static int[] circle(int period, SplittableRandom random) {
    int polled = HonestTranscript.Tool.STATUS.ordinal();
    int[] circle = random.ints(0, TOOLS).filter(tool -> tool != polled).limit(period).toArray();
    if (random.nextBoolean()) {
      circle[random.nextInt(period)] = polled;
    }
    return circle;
  }

  private static CallLine.Step step(
      int target, long arguments, long inputTokens, long outputTokens, long ns) {
    return new CallLine.Step(target, arguments, inputTokens, outputTokens, ns, CallClass.OK);
  }

  // ---- honest work

  /** Which of the tools that write, or are polled, the host has said so of. */
  private enum Marks {
    ALL("headgate"),
    NO_WRITERS("no writer marked"),
    NO_POLLS("no window for polls");

    private final String arm;

    Marks(String arm) {
      this.arm = arm;
    }
  }

  /** The share of honest transcripts that were refused anything at all. */
  static double honestRefused(LoopPolicy guard, int transcripts) {
    return honestRefused(new Arm("", guard, Integer.MAX_VALUE), transcripts, FAILURES);
  }

  private static double honestRefused(Arm arm, int transcripts, double failures) {
    return honestRefused(arm, Marks.ALL, transcripts, failures);
  }

  private static double honestRefused(Arm arm, Marks marks, int transcripts, double failures) {
    int refused = 0;
    CallLine line = null;
    for (int seed = 0; seed < transcripts; seed++) {
      if (line == null || seed % TRANSCRIPTS_OF_A_LINE == 0) {
        line = new CallLine(1, targets(arm.guard(), marks));
      }
      refused += isRefused(line, arm, failures, seed) ? 1 : 0;
    }
    return (double) refused / transcripts;
  }

  private static boolean isRefused(CallLine line, Arm arm, double failures, long seed) {
    VirtualJob job = line.open(JobSettings.DEFAULT.deadline(DAY));
    int[] rounds = new int[1];
    boolean[] refused = new boolean[1];
    new HonestTranscript(
            seed,
            failures,
            (tool, arguments, thinkNs, fails) -> {
              line.pass(thinkNs);
              @Nullable Refusal refusal =
                  line.call(
                      job,
                      0,
                      new CallLine.Step(
                          tool.ordinal(),
                          ArgumentsDigest.of(arguments),
                          0,
                          0,
                          TOOL_NS,
                          fails ? CallClass.FATAL : CallClass.OK));
              refused[0] |= refusal != null || ++rounds[0] > arm.maxRounds();
            })
        .play();
    line.close(job);
    return refused[0];
  }

  /** The tools, and the model behind them. What fails is none of this experiment's business. */
  private static List<TargetSettings> targets(LoopPolicy guard) {
    return targets(guard, Marks.ALL);
  }

  private static List<TargetSettings> targets(LoopPolicy guard, Marks marks) {
    List<TargetSettings> targets = new ArrayList<>();
    for (HonestTranscript.Tool tool : HonestTranscript.Tool.values()) {
      // As the docs advise for a tool that is polled.
      boolean polled = tool.isPolled() && marks != Marks.NO_POLLS;
      LoopPolicy ofTool = polled && !guard.isOff() ? guard.window(POLLED) : guard;
      targets.add(
          TargetSettings.DEFAULT
              .tool()
              .breaker(BreakerPolicy.OFF)
              .agentBreaker(BreakerPolicy.OFF)
              .loopGuard(ofTool)
              .writer(tool.writes() && marks != Marks.NO_WRITERS));
    }
    targets.add(TargetSettings.DEFAULT.price(PRICE));
    return targets;
  }
}
