package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A snapshot shows what estimates have learned, as far as admission uses it. */
@Timeout(60)
final class LearnedInSnapshotTest {
  private static final EstimatePolicy FIVE = new EstimatePolicy(90, 5, 0);

  private final Headgate headgate = Headgate.builder().build();
  private final Target model =
      headgate.target("model", t -> t.estimates(FIVE).maxOutputTokens(4_096));

  private void call(Job job, Agent agent, int times) throws InterruptedException {
    for (int i = 0; i < times; i++) {
      Task<String> task =
          Task.of(
              agent,
              model,
              Estimate.ofInput(10),
              attempt -> {
                attempt.usage(10, 64);
                return "";
              });
      assertThat(job.submitOrThrow(task).join()).isInstanceOf(Outcome.Completed.class);
    }
  }

  @Test
  void ofEachAgentAtEachTargetAndOfAll() throws Exception {
    try (headgate;
        Job job = headgate.job(j -> j)) {
      Agent busy = headgate.agent("busy");
      Agent new1 = headgate.agent("new");
      call(job, new1, 4);
      assertThat(headgate.snapshot().learned()).as("too few calls").isEmpty();
      call(job, busy, 8);
      Snapshot snapshot = headgate.snapshot();
      assertThat(snapshot.learned())
          .containsExactly(
              new Snapshot.Learned("", "model", 71, 12),
              new Snapshot.Learned("busy", "model", 71, 8));
      assertThat(snapshot.toJson())
          .contains(
              "\"learned\":[{\"agent\":\"\",\"target\":\"model\",\"outputTokens\":71,\"calls\":12},{");
      assertThat(snapshot.toString())
          .contains("learned   all at model 71 of 12 calls, busy at model 71 of 8 calls");
      Admitted<Long> next =
          job.submitOrThrow(Task.of(busy, model, Estimate.ofInput(10), Attempt::maxOutputTokens));
      assertThat(next.join())
          .as("what is shown is what is reserved")
          .isEqualTo(new Outcome.Completed<>(71L));
      model.reconfigure(t -> t.estimates(EstimatePolicy.OFF));
      assertThat(headgate.snapshot().learned()).as("what is not used is not shown").isEmpty();
    }
  }

  @Test
  void asManyRowsAsAreAllowedThoseOfMostCallsFirst() throws Exception {
    try (headgate;
        Job job = headgate.job(j -> j)) {
      for (int i = 0; i < 300; i++) {
        call(job, headgate.agent("agent-" + i), i == 299 ? 6 : 5);
      }
      List<Snapshot.Learned> learned = headgate.snapshot().learned();
      assertThat(learned).hasSize(Snapshot.MAX_LEARNED);
      assertThat(learned.get(0)).isEqualTo(new Snapshot.Learned("", "model", 71, 1_501));
      assertThat(learned.get(1)).isEqualTo(new Snapshot.Learned("agent-299", "model", 71, 6));
    }
  }
}
