package io.headgate.examples.storm.measure;

import java.util.List;

/**
 * Who answered: goodput is not to be bought with less than what was asked for, unseen.
 *
 * @param answersOfTop calls that the model answered that was asked for
 * @param answersOfSmaller a smaller one
 * @param answersStatic no model
 * @param jobsAtTop jobs finished in time all of whose calls the model answered that was asked for
 * @param jobsWithStatic jobs in time of which a call had a static answer: not among the finished
 */
public record Rungs(
    long answersOfTop,
    long answersOfSmaller,
    long answersStatic,
    long jobsAtTop,
    long jobsWithStatic) {
  static Rungs of(List<CallRecord> calls, List<JobRecord> jobs) {
    return new Rungs(
        answers(calls, AnswerRung.TOP),
        answers(calls, AnswerRung.SMALLER),
        answers(calls, AnswerRung.STATIC),
        inTime(jobs, AnswerRung.TOP),
        inTime(jobs, AnswerRung.STATIC));
  }

  private static long answers(List<CallRecord> calls, AnswerRung rung) {
    return calls.stream().filter(call -> call.answeredAt(rung)).count();
  }

  private static long inTime(List<JobRecord> jobs, AnswerRung lowest) {
    return jobs.stream().filter(job -> job.inTime() && job.lowest() == lowest).count();
  }
}
