using System.Text.Json.Serialization;

namespace Silo.Server.Accounts;

/// <summary>How account resources are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(EmailIdentity))]
[JsonSerializable(typeof(ConfigurationSet))]
[JsonSerializable(typeof(AccountSettings))]
internal sealed partial class AccountJson : JsonSerializerContext;
