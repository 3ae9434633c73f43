using System.Text.Json;
using System.Text.Json.Serialization;

namespace Silo.Server.Events;

/// <summary>
/// How the destinations of one configuration set, or the default ones, are stored: together, and apart from the set itself, so that whoever
/// publishes reads them and nothing else. Additions must be optional, so that the previous release can read them.
/// </summary>
internal sealed record EventDestinationDocument(IReadOnlyList<EventDestination> Destinations)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, EventDestinationJson.Default.EventDestinationDocument);

    public static EventDestinationDocument Read(ReadOnlyMemory<byte> document) =>
        JsonSerializer.Deserialize(document.Span, EventDestinationJson.Default.EventDestinationDocument)!;
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(EventDestinationDocument))]
internal sealed partial class EventDestinationJson : JsonSerializerContext;
