package io.headgate.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.headgate.ArgumentsNormaliser;
import io.headgate.Classifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Settings as JSON, by the names of their components. A component that is missing, since the writer
 * was older, is the default's; one that is not known, since it was newer, is left out. Of a
 * classifier and a normaliser, which are code, nothing is written: what they say comes in with the
 * engine's inputs. Immutable; any thread.
 */
final class SettingsJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(module())
          .disable(
              MapperFeature.AUTO_DETECT_IS_GETTERS,
              MapperFeature.AUTO_DETECT_SETTERS,
              MapperFeature.AUTO_DETECT_FIELDS,
              MapperFeature.CAN_OVERRIDE_ACCESS_MODIFIERS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  // Run after run, a journal declares the same ones: parsing them was a third of reading short
  // runs.
  private static final int MOST_KNOWN = 256;
  private static final Map<Written, Record> KNOWN = new ConcurrentHashMap<>();

  private record Written(SettingsKind kind, String json) {}

  private SettingsJson() {}

  private static SimpleModule module() {
    return new SimpleModule()
        .addSerializer(Duration.class, written(Duration::toString))
        .addDeserializer(
            Duration.class,
            new JsonDeserializer<>() {
              @Override
              public Duration deserialize(JsonParser parser, DeserializationContext context)
                  throws IOException {
                return Duration.parse(parser.getText());
              }
            })
        .addSerializer(Classifier.class, written(_ -> "code"))
        .addDeserializer(Classifier.class, always(Classifier.DEFAULT))
        .addSerializer(ArgumentsNormaliser.class, written(_ -> "code"))
        .addDeserializer(ArgumentsNormaliser.class, always(ArgumentsNormaliser.NONE));
  }

  private static <T> JsonSerializer<T> written(java.util.function.Function<T, String> text) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator generator, SerializerProvider provider)
          throws IOException {
        generator.writeString(text.apply(value));
      }
    };
  }

  private static <T> JsonDeserializer<T> always(T value) {
    return new JsonDeserializer<>() {
      @Override
      public T deserialize(JsonParser parser, DeserializationContext context) {
        return value;
      }
    };
  }

  static String write(Record settings) {
    try {
      return MAPPER.writeValueAsString(settings);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads what {@link #write} wrote, whichever version of Headgate that was.
   *
   * @throws IllegalArgumentException if it is no settings of that kind
   */
  static Record read(SettingsKind kind, String json) {
    var written = new Written(kind, json);
    Record known = KNOWN.get(written);
    if (known == null) {
      known = parse(kind, json);
      if (KNOWN.size() >= MOST_KNOWN) {
        KNOWN.clear();
      }
      KNOWN.put(written, known);
    }
    return known;
  }

  private static Record parse(SettingsKind kind, String json) {
    try {
      ObjectNode all = MAPPER.valueToTree(kind.defaults);
      if (!(MAPPER.readTree(json) instanceof ObjectNode written)) {
        throw new IllegalArgumentException("settings of kind " + kind + " are no JSON object");
      }
      merge(all, written);
      return MAPPER.treeToValue(all, kind.type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "settings of kind " + kind + " cannot be read: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * The same settings but for one value.
   *
   * @param path of components, one in the other
   * @throws IllegalArgumentException if it cannot be that
   */
  static <S extends Record> S with(S settings, List<String> path, JsonNode value) {
    ObjectNode all = MAPPER.valueToTree(settings);
    ObjectNode in = all;
    for (String component : path.subList(0, path.size() - 1)) {
      in = (ObjectNode) in.get(component);
    }
    in.set(path.getLast(), value);
    try {
      @SuppressWarnings("unchecked")
      Class<S> type = (Class<S>) settings.getClass();
      return MAPPER.treeToValue(all, type);
    } catch (JsonProcessingException e) {
      String why =
          e.getCause() instanceof IllegalArgumentException cause ? cause.getMessage() : null;
      throw new IllegalArgumentException(why == null ? e.getOriginalMessage() : why, e);
    }
  }

  /** What settings of that kind have. */
  static JsonNode defaults(SettingsKind kind) {
    return MAPPER.valueToTree(kind.defaults);
  }

  /** A value as it is typed: JSON, or else a text. */
  static JsonNode value(String typed) {
    try {
      JsonNode value = MAPPER.readTree(typed);
      return value.isMissingNode() ? TextNode.valueOf(typed) : value;
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(typed);
    }
  }

  private static void merge(ObjectNode into, JsonNode from) {
    for (Map.Entry<String, JsonNode> each : from.properties()) {
      JsonNode mine = into.get(each.getKey());
      if (mine instanceof ObjectNode deeper && each.getValue() instanceof ObjectNode node) {
        merge(deeper, node);
      } else {
        into.set(each.getKey(), each.getValue());
      }
    }
  }
}
