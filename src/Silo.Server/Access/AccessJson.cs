using System.Text.Json.Serialization;

namespace Silo.Server.Access;

/// <summary>How keys are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RootKeyFile))]
internal sealed partial class AccessJson : JsonSerializerContext;
