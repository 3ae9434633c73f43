using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Core.Suspension;

namespace Silo.Server.Policies;

/// <summary>How a policy of the platform's own is stored. Additions must be optional, so that the previous release can read them.</summary>
/// <param name="IsSpread">Every tenant that uses the policy has been told of this revision.</param>
internal sealed record PolicyDocument(CustomPolicy Policy, DateTimeOffset ChangedAt, bool IsSpread)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, PolicyJson.Default.PolicyDocument);

    public static PolicyDocument Read(ReadOnlyMemory<byte> document) =>
        JsonSerializer.Deserialize(document.Span, PolicyJson.Default.PolicyDocument)!;
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PolicyDocument))]
internal sealed partial class PolicyJson : JsonSerializerContext;
