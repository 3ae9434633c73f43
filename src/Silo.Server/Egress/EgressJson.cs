using System.Text.Json.Serialization;

namespace Silo.Server.Egress;

/// <summary>How pools and addresses are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(SendingPool))]
[JsonSerializable(typeof(DedicatedIp))]
internal sealed partial class EgressJson : JsonSerializerContext;
