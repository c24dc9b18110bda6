package io.headgate.examples.storm.report;

import io.headgate.examples.storm.measure.ArmResult;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * One figure of an arm.
 *
 * @param name its field in {@code report.json}
 * @param title in tables
 * @param meaning its definition
 * @param decimals how many digits to show after the point
 * @param value from the result
 */
record Figure(
    String name, String title, String meaning, int decimals, ToDoubleFunction<ArmResult> value) {
  /** All of them, in the order of the tables. */
  static final List<Figure> ALL =
      List.of(
          count(
              "jobsOffered",
              "jobs that arrived",
              "Jobs of 1 to 12 calls, on schedule, whatever the system does (an open loop).",
              ArmResult::jobsOffered),
          count(
              "jobsFinished",
              "jobs finished in time",
              "Jobs whose last call was answered within the job's deadline, counted from its"
                  + " arrival, and all of whose calls a model answered.",
              ArmResult::jobsFinished),
          count(
              "jobsFinishedAtTop",
              "of these, at the top",
              "Jobs finished in time all of whose calls the model answered that was asked for.",
              arm -> arm.rungs().jobsAtTop()),
          count(
              "jobsWithStaticAnswers",
              "more, with static answers",
              "Jobs that would be finished in time if a static answer counted; goodput leaves them"
                  + " out.",
              arm -> arm.rungs().jobsWithStatic()),
          new Figure(
              "goodputBefore",
              "goodput before, jobs/s",
              "Jobs finished in time per second of the first calm, without its first two seconds.",
              2,
              arm -> arm.goodput().before()),
          new Figure(
              "goodputDuring",
              "goodput during, jobs/s",
              "Jobs finished in time per second of surge and outage.",
              2,
              arm -> arm.goodput().during()),
          new Figure(
              "servedAtBest",
              "could be served, jobs/s",
              "What the half-dead provider could serve: the machines of the models that the arm may"
                  + " use, less what goes into answers that cannot be read, over the mean work of a"
                  + " job of the surge that gets on.",
              2,
              ArmResult::servedAtBest),
          new Figure(
              "goodputOfBest",
              "goodput, of that",
              "Goodput during over servedAtBest.",
              2,
              ArmResult::goodputOfBest),
          new Figure(
              "goodputAfter",
              "goodput after, jobs/s",
              "Jobs finished in time per second from the surge's end to the last arrival.",
              2,
              arm -> arm.goodput().after()),
          new Figure(
              "recoverySeconds",
              "recovery, s",
              "From the surge's end to the first moment at which the three seconds before it"
                  + " brought at least 95 % of the calm's goodput (some 18 jobs, whose number"
                  + " scatters by a quarter). If there is none: to the last arrival, and the field"
                  + " recovered is false.",
              1,
              arm -> arm.goodput().recoverySeconds()),
          new Figure(
              "p99MillisDuring",
              "p99 of a call during, ms",
              "99th percentile of the time from a call being asked for to its end, waiting and"
                  + " retries included, of calls open in the surge; one still open at its end"
                  + " counts with its age then; refusals do not count.",
              0,
              ArmResult::p99MillisDuring),
          count(
              "offered",
              "calls offered",
              "Calls that jobs asked for; retries are no calls of their own.",
              ArmResult::offered),
          count(
              "admitted",
              "calls admitted",
              "Offered calls that were let in: all but the refused.",
              ArmResult::admitted),
          count(
              "refused",
              "calls refused",
              "Offered calls that were turned away at once, so that their users know.",
              ArmResult::refused),
          count(
              "completed",
              "calls completed",
              "Admitted calls that were answered, in time for their job or not.",
              ArmResult::completed),
          count(
              "answersOfTop",
              "of these, by the model",
              "Calls that the model answered that was asked for, gpt-large.",
              arm -> arm.rungs().answersOfTop()),
          count(
              "answersOfSmaller",
              "by the smaller one",
              "Calls that gpt-small answered: it has machines of its own, and only an arm with a"
                  + " ladder uses it.",
              arm -> arm.rungs().answersOfSmaller()),
          count(
              "answersStatic",
              "static",
              "Calls that no model answered, but a text that was written before.",
              arm -> arm.rungs().answersStatic()),
          count(
              "expired",
              "calls expired",
              "Admitted calls that their time to live, timeout or job's deadline ended.",
              ArmResult::expired),
          count(
              "failed",
              "calls failed",
              "Admitted calls that were given up for another reason; those that the end of the run"
                  + " cut off are among them.",
              ArmResult::failed),
          count(
              "maxInFlight",
              "most in flight",
              "Most calls that the arm had under way at once.",
              ArmResult::maxInFlight),
          count(
              "maxWaiting",
              "most waiting",
              "Most calls that waited in the arm for their start at once; the naive arm starts"
                  + " everything at once.",
              ArmResult::maxWaiting),
          count(
              "tokensSpent",
              "tokens spent",
              "Tokens that the provider billed: the prompt once it began to work, and every token"
                  + " of answer that it made, read by anyone or not.",
              ArmResult::tokensSpent),
          count(
              "tokensUseful",
              "tokens useful",
              "Billed tokens of the jobs that finished in time, but for those of lost hedges.",
              ArmResult::tokensUseful),
          count(
              "tokensOfLosers",
              "tokens of lost hedges",
              "Billed tokens of attempts that lost against another attempt of the same call, which"
                  + " was made since the first was slow.",
              ArmResult::tokensOfLosers),
          count(
              "tokensOfLoops",
              "tokens of loops",
              "Billed tokens of jobs that go round in circles, but for those of lost hedges: a loop"
                  + " shows only when it has been run through.",
              ArmResult::tokensOfLoops),
          new Figure(
              "usefulShare",
              "useful tokens, of all",
              "Tokens useful over tokens spent.",
              3,
              ArmResult::usefulShare),
          new Figure(
              "dollarsSpent",
              "dollars spent",
              "The provider's bill at $2.50 for a million tokens of prompt and $10 of answer, and"
                  + " at a fifth of that for the smaller model.",
              2,
              ArmResult::dollarsSpent));

  private static Figure count(
      String name, String title, String meaning, ToDoubleFunction<ArmResult> value) {
    return new Figure(name, title, meaning, 0, value);
  }

  /** A number in any case, for JSON: 0 when there was nothing to measure. */
  double number(ArmResult arm) {
    double number = value.applyAsDouble(arm);
    return Double.isFinite(number) ? number : 0;
  }

  String text(ArmResult arm) {
    double number = value.applyAsDouble(arm);
    if (!Double.isFinite(number)) {
      return "-";
    }
    var text = String.format(Locale.ROOT, "%,." + decimals + "f", number);
    return name.equals("recoverySeconds") && !arm.goodput().recovered() ? "> " + text : text;
  }
}
