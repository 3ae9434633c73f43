using System.Text.Json.Serialization;

namespace Silo.Core.Reputation;

/// <summary>How a finding changed. The values are stored: append only.</summary>
public enum FindingStep
{
    Opened = 0,
    Raised = 1,
    Lowered = 2,
    Closed = 3,
}

/// <summary>One step in a finding's life, as it was then.</summary>
/// <param name="Description">In the words of the finding.</param>
public sealed record FindingRecord(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] FindingType Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] FindingStep Step,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] FindingImpact Impact, string Description);
