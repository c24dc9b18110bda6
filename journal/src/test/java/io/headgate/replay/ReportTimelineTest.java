package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.journal.Happening.Kind;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** However long a journal is, its page has so many intervals at most, and none of it is lost. */
class ReportTimelineTest {
  private final ReportTimeline timeline = new ReportTimeline();

  @Test
  void intervalsGrowWithTheJournalAndKeepWhatTheyHave() {
    for (int second = 0; second < 3_000; second++) {
      timeline.hear(Happenings.at(second, Kind.TASK_ADMITTED, second));
      timeline.hear(Happenings.at(second, Kind.RETRY, second));
      if (second == 299) {
        assertThat(timeline.length()).isEqualTo(Duration.ofSeconds(1));
        assertThat(timeline.intervals()).hasSize(300);
      }
    }
    assertThat(timeline.length()).isEqualTo(Duration.ofSeconds(15));
    assertThat(timeline.intervals())
        .hasSize(200)
        .allSatisfy(
            each -> {
              assertThat(each.tally().admitted).isEqualTo(15);
              assertThat(each.acts()).containsExactly(Map.entry(Kind.RETRY, 15L));
            });
    assertThat(timeline.all().tally().admitted).isEqualTo(3_000);
  }

  @Test
  void aClockThatJumpsIsNoTroubleEitherWay() {
    timeline.hear(Happenings.at(0, Kind.TASK_ADMITTED, 1));
    timeline.hear(Happenings.at(-1_000_000, Kind.TASK_ADMITTED, 2));
    timeline.hear(Happenings.at(Integer.MAX_VALUE * 40L, Kind.TASK_ADMITTED, 3));
    assertThat(timeline.intervals()).hasSizeLessThanOrEqualTo(ReportTimeline.MOST);
    assertThat(timeline.all().tally().admitted).isEqualTo(3);
    assertThat(timeline.intervals().getFirst().tally().admitted).isEqualTo(2);
  }
}
