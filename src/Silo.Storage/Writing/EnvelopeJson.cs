using System.Text.Json.Serialization;
using Silo.Core.Messages;

namespace Silo.Storage.Writing;

/// <summary>The stored form of an envelope: short, and readable for a person who looks into the database.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Envelope))]
internal sealed partial class EnvelopeJson : JsonSerializerContext;
