package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.ArgumentsDigest;
import io.headgate.ArgumentsNormaliser;
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
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * An agent asks the same again and again, each time in other capitals and with other spaces, so
 * that no two texts are equal: what that costs of its $5.00, with and without a normaliser of
 * arguments, and where rounds are bounded instead, as usual. And whether honest agents, whose
 * arguments it makes equal too, are left alone.
 */
final class NearEqual implements Experiment {
  private static final String NAME = "near-equal";
  private static final double BUDGET = 5.00;
  private static final int LONGEST = 3;

  // As in tool-loop: LangGraph's recursion_limit of 25 steps, two to a round.
  private static final int USUAL_ROUNDS = 12;
  private static final int UNLIMITED = Integer.MAX_VALUE;
  private static final int INCIDENTS = 20;
  private static final int TRANSCRIPTS = 5_000;
  private static final int TRANSCRIPTS_OF_A_LINE = 100;
  private static final double FAILURES = 0.01;
  private static final Duration POLLED = Duration.ofSeconds(30);

  // As in tool-loop, whose bar this is held to.
  private static final Price PRICE = Price.perMillionTokens(2.5, 10);
  private static final double BAR = 0.25;
  private static final long PROMPT = 1_200;
  private static final long CALL = 40;
  private static final long RESULT = 160;
  private static final long REFUSED = 40;
  private static final long MODEL_NS = 2_000_000_000;
  private static final long TOOL_NS = 300_000_000;
  private static final int TOOL = 0;
  private static final int MODEL = 1;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "an agent that asks the same in other words of case and space: stopped early";
  }

  @Override
  public List<ExperimentRow> run() {
    List<ExperimentRow> rows = new ArrayList<>();
    LoopPolicy normalised = LoopPolicy.DEFAULT.normaliser(ArgumentsNormaliser.CASE_AND_SPACE);
    for (int period = 1; period <= LONGEST; period++) {
      String figure = "most dollars spent, period " + period;
      rows.add(
          new ExperimentRow(NAME, figure, "headgate", dearest(normalised, period), atMost(BAR)));
      rows.add(
          new ExperimentRow(
              NAME, figure, "no normaliser", dearest(LoopPolicy.DEFAULT, period), null));
      rows.add(
          new ExperimentRow(
              NAME, figure, "usual stack", dearest(LoopPolicy.OFF, period, USUAL_ROUNDS), null));
    }
    String honest = String.format(Locale.ROOT, "of %,d honest transcripts, refused", TRANSCRIPTS);
    rows.add(
        new ExperimentRow(
            NAME, honest, "headgate", honestRefused(normalised, UNLIMITED), atMost(0.001)));
    rows.add(
        new ExperimentRow(
            NAME, honest, "usual stack", honestRefused(LoopPolicy.OFF, USUAL_ROUNDS), null));
    return rows;
  }

  private static long digest(LoopPolicy guard, String text) {
    return ArgumentsDigest.of(guard.normaliser().normalise(text)); // as Task.arguments does
  }

  private static double dearest(LoopPolicy guard, int period) {
    return dearest(guard, period, UNLIMITED);
  }

  private static double dearest(LoopPolicy guard, int period, int maxRounds) {
    double dearest = 0;
    for (int seed = 0; seed < INCIDENTS; seed++) {
      dearest = Math.max(dearest, incident(guard, period, maxRounds, seed));
    }
    return dearest;
  }

  private static double incident(LoopPolicy guard, int period, int maxRounds, long seed) {
    var random = new SplittableRandom(seed);
    boolean insists = random.nextBoolean();
    var line = new CallLine(1, List.of(tool(guard), TargetSettings.DEFAULT.price(PRICE)));
    VirtualJob job = line.open(JobSettings.DEFAULT.moneyBudget(BUDGET));
    long context = PROMPT;
    int at = 0;
    for (int round = 0; round < maxRounds; round++) {
      var asked =
          new CallLine.Step(MODEL, Task.NO_ARGUMENTS, context, CALL, MODEL_NS, CallClass.OK);
      if (line.call(job, 0, asked) != null) {
        break; // cut off, or nothing is left to spend
      }
      long arguments = digest(guard, worded("weather in city number " + at, random));
      Refusal refusal =
          line.call(job, 0, new CallLine.Step(TOOL, arguments, 0, 0, TOOL_NS, CallClass.OK));
      context += CALL + (refusal == null ? RESULT : REFUSED);
      if (refusal == null || !insists) {
        at = (at + 1) % period;
      }
    }
    line.close(job);
    return job.spentMoney / 1e9;
  }

  private static TargetSettings tool(LoopPolicy guard) {
    return TargetSettings.DEFAULT
        .tool()
        .breaker(BreakerPolicy.OFF)
        .agentBreaker(BreakerPolicy.OFF)
        .loopGuard(guard);
  }

  /** The same, as somebody writes it who does not look at case and space. */
  private static String worded(String text, SplittableRandom random) {
    var worded = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      worded.append(random.nextBoolean() ? Character.toUpperCase(each) : each);
      for (int more = each == ' ' ? random.nextInt(3) : 0; more > 0; more--) {
        worded.append(' ');
      }
    }
    return worded.toString();
  }

  private static double honestRefused(LoopPolicy guard, int maxRounds) {
    int refused = 0;
    CallLine line = null;
    for (int seed = 0; seed < TRANSCRIPTS; seed++) {
      if (line == null || seed % TRANSCRIPTS_OF_A_LINE == 0) {
        line = new CallLine(1, tools(guard));
      }
      refused += isRefused(line, guard, maxRounds, seed) ? 1 : 0;
    }
    return (double) refused / TRANSCRIPTS;
  }

  private static boolean isRefused(CallLine line, LoopPolicy guard, int maxRounds, long seed) {
    VirtualJob job = line.open(JobSettings.DEFAULT.deadline(Duration.ofDays(1)));
    boolean[] refused = new boolean[1];
    int[] rounds = new int[1];
    new HonestTranscript(
            seed,
            FAILURES,
            (tool, arguments, thinkNs, fails) -> {
              line.pass(thinkNs);
              CallClass end = fails ? CallClass.FATAL : CallClass.OK;
              long digest = digest(guard, arguments);
              refused[0] |=
                  line.call(job, 0, new CallLine.Step(tool.ordinal(), digest, 0, 0, TOOL_NS, end))
                          != null
                      || ++rounds[0] > maxRounds;
            })
        .play();
    line.close(job);
    return refused[0];
  }

  private static List<TargetSettings> tools(LoopPolicy guard) {
    List<TargetSettings> tools = new ArrayList<>();
    for (HonestTranscript.Tool each : HonestTranscript.Tool.values()) {
      tools.add(tool(each.isPolled() ? guard.window(POLLED) : guard).writer(each.writes()));
    }
    return tools;
  }
}
