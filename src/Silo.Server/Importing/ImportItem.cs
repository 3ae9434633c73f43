using System.Text.Json.Serialization;

namespace Silo.Server.Importing;

/// <summary>What is to become of one thing of the source.</summary>
internal enum ImportAction
{
    Same,
    Create,
    Change,

    /// <summary>It cannot be taken over.</summary>
    Leave,
}

/// <param name="Kind">As --only names it.</param>
/// <param name="Calls">That take it over, in their order; none when it is the same or is left.</param>
internal sealed record ImportItem(string Kind, string Name, ImportAction Action, [property: JsonIgnore] IReadOnlyList<ApiCall> Calls)
{
    /// <summary>What is different, why it is left, and what a person has to do besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the target refused; only after --apply.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];
}

/// <param name="Applied">False for a dry run.</param>
internal sealed record ImportReport(string Source, string Target, bool Applied, IReadOnlyList<ImportItem> Items)
{
    public bool IsRefused => Items.Any(i => i.Refusals.Count > 0);

    public int Count(ImportAction action) => Items.Count(i => i.Action == action);
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(ImportReport))]
internal sealed partial class AccountImportJson : JsonSerializerContext;
