using System.Text.Json.Serialization;

namespace Silo.Server.SesApi.Operations.Insights;

/// <summary>The JSON of what is told of messages and addresses. Members that are null are left out.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GetMessageInsightsResponse))]
[JsonSerializable(typeof(GetEmailAddressInsightsRequest))]
[JsonSerializable(typeof(GetEmailAddressInsightsResponse))]
internal sealed partial class InsightJson : JsonSerializerContext;
