using System.Text.Json.Serialization;

namespace Silo.Server.Access;

/// <summary>How keys are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEventShape))]
[JsonSerializable(typeof(CreateCredentialRequest))]
[JsonSerializable(typeof(CreateCredentialResponse))]
[JsonSerializable(typeof(CredentialDocument))]
[JsonSerializable(typeof(CredentialIndex))]
[JsonSerializable(typeof(GetCredentialResponse))]
[JsonSerializable(typeof(ImportSmtpCredentialRequest))]
[JsonSerializable(typeof(ListAuditEventsResponse))]
[JsonSerializable(typeof(ListCredentialsResponse))]
[JsonSerializable(typeof(PutCredentialPolicyRequest))]
[JsonSerializable(typeof(PutCredentialStatusRequest))]
[JsonSerializable(typeof(RootKeyFile))]
[JsonSerializable(typeof(RotateCredentialRequest))]
internal sealed partial class AccessJson : JsonSerializerContext;
