using System.Text;
using System.Text.Json;
using Silo.Core.Addresses;
using Silo.Core.Contacts;
using Silo.Core.Suppression;

namespace Silo.Server.Lists.Imports;

/// <summary>One record of a file: what is to be put on a list or taken off it, or why it cannot be.</summary>
internal sealed record ImportRecord(long Line, string Address)
{
    public bool? UnsubscribeAll { get; init; }

    public string? AttributesData { get; init; }

    public IReadOnlyList<TopicPreference> Preferences { get; init; } = [];

    public SuppressionReason? Reason { get; init; }

    public string? Problem { get; init; }
}

/// <summary>
/// Reads the files of SES's imports. Contacts as CSV have a first line that names columns: emailAddress, unsubscribeAll, attributesData,
/// topicPreferences.NAME; suppressed addresses as CSV have none: address, reason. JSON is one object by the line, with the same names.
/// </summary>
internal static class ImportRecords
{
    private const string TopicPrefix = "topicPreferences.";
    private const int MaxLineCharacters = CsvReader.MaxCharacters;

    /// <param name="ofContacts">Else of suppressed addresses.</param>
    public static IEnumerable<ImportRecord> Read(TextReader reader, bool isJson, bool ofContacts) =>
        isJson ? ReadJson(reader, ofContacts) : ofContacts ? ReadContacts(new CsvReader(reader)) : ReadSuppressed(new CsvReader(reader));

    private static IEnumerable<ImportRecord> ReadContacts(CsvReader csv)
    {
        var header = csv.Read();
        if (header is null) yield break;
        var columns = header.Fields.Select(f => f.Trim()).ToArray();
        if (header.Problem is not null || !columns.Contains("emailAddress"))
            throw new InvalidDataException("The first line must name the columns, of which one is emailAddress.");
        if (Array.Find(columns, c => c is not ("emailAddress" or "unsubscribeAll" or "attributesData")
            && !c.StartsWith(TopicPrefix, StringComparison.Ordinal)) is { } unknown)
            throw new InvalidDataException($"{Shown(unknown)} is no column of a contact.");
        while (csv.Read() is { } record)
        {
            if (record.Problem is { } problem) yield return Bad(record.Line, problem);
            else if (record.Fields.Count > columns.Length) yield return Bad(record.Line, "It has more fields than there are columns.");
            else yield return Contact(record, columns);
        }
    }

    private static ImportRecord Contact(CsvRecord record, string[] columns)
    {
        var contact = new ImportRecord(record.Line, "");
        var preferences = new List<TopicPreference>();
        for (var i = 0; i < record.Fields.Count; i++)
        {
            var value = record.Fields[i];
            if (columns[i] == "emailAddress") contact = contact with { Address = value.Trim() };
            else if (value.Length == 0) continue;
            else if (columns[i] == "attributesData") contact = contact with { AttributesData = value };
            else if (columns[i] == "unsubscribeAll")
            {
                if (!bool.TryParse(value, out var all)) return Bad(record.Line, "unsubscribeAll must be true or false.");
                contact = contact with { UnsubscribeAll = all };
            }
            else if (StatusOf(value.Trim()) is { } status) preferences.Add(new(columns[i][TopicPrefix.Length..], status));
            else return Bad(record.Line, $"{Shown(columns[i])} must be OPT_IN or OPT_OUT.");
        }

        return Checked(contact with { Preferences = preferences }, needsReason: false);
    }

    private static IEnumerable<ImportRecord> ReadSuppressed(CsvReader csv)
    {
        while (csv.Read() is { } record)
        {
            if (record.Problem is { } problem) yield return Bad(record.Line, problem);
            else if (record.Fields.Count > 2) yield return Bad(record.Line, "It has more than an address and a reason.");
            else yield return Checked(
                new ImportRecord(record.Line, record.Fields[0].Trim()) { Reason = ReasonOf(record.Fields.ElementAtOrDefault(1)?.Trim()) },
                needsReason: record.Fields.Count > 1);
        }
    }

    private static IEnumerable<ImportRecord> ReadJson(TextReader reader, bool ofContacts)
    {
        var text = new StringBuilder();
        for (var line = 1L; ReadLine(reader, text); line++)
        {
            if (text.Length > MaxLineCharacters) yield return Bad(line, $"It has more than {MaxLineCharacters} characters.");
            else if (text.ToString() is var read && !string.IsNullOrWhiteSpace(read)) yield return Json(line, read, ofContacts);
        }
    }

    /// <summary>
    /// As <see cref="TextReader.ReadLine"/>, but of a line that is too long only one character too many is kept: a file without line ends must
    /// not be taken into memory. False at the end.
    /// </summary>
    private static bool ReadLine(TextReader reader, StringBuilder text)
    {
        text.Clear();
        var c = reader.Read();
        if (c < 0) return false;
        for (; c is not (< 0 or '\r' or '\n'); c = reader.Read())
            if (text.Length <= MaxLineCharacters) text.Append((char)c);
        if (c == '\r' && reader.Peek() == '\n') reader.Read();
        return true;
    }

    private static ImportRecord Json(long line, string text, bool ofContacts)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var record = new ImportRecord(line, root.GetProperty("emailAddress").GetString() ?? "");
            if (!ofContacts)
            {
                var hasReason = root.TryGetProperty("reason", out var reason);
                return Checked(record with { Reason = ReasonOf(hasReason ? reason.GetString() : null) }, hasReason);
            }

            if (root.TryGetProperty("unsubscribeAll", out var all)) record = record with { UnsubscribeAll = all.GetBoolean() };
            if (root.TryGetProperty("attributesData", out var data)) record = record with { AttributesData = data.GetString() };
            if (root.TryGetProperty("topicPreferences", out var topics))
            {
                var preferences = topics.EnumerateArray().Select(t => (
                    Name: t.GetProperty("topicName").GetString() ?? "", Status: StatusOf(t.GetProperty("subscriptionStatus").GetString()))).ToList();
                if (preferences.Exists(p => p.Status is null)) return Bad(line, "subscriptionStatus must be OPT_IN or OPT_OUT.");
                record = record with { Preferences = [.. preferences.Select(p => new TopicPreference(p.Name, p.Status!.Value))] };
            }

            return Checked(record, needsReason: false);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return Bad(line, "It is no JSON object of the form that is expected.");
        }
    }

    private static ImportRecord Checked(ImportRecord record, bool needsReason) =>
        !EmailAddress.TryParse(record.Address, out _) ? Bad(record.Line, "It has no address of the form local@domain.")
        : needsReason && record.Reason is null ? Bad(record.Line, "Its reason must be BOUNCE or COMPLAINT.")
        : record.AttributesData?.Length > Core.Contacts.Contact.MaxAttributesCharacters ? Bad(record.Line, "Its attributesData is too long.")
        : record.AttributesData?.Contains('\0', StringComparison.Ordinal) == true ? Bad(record.Line, "Its attributesData holds the character NUL.")
        : record;

    private static SubscriptionStatus? StatusOf(string? text) => text switch
    {
        "OPT_IN" => SubscriptionStatus.OptIn,
        "OPT_OUT" => SubscriptionStatus.OptOut,
        _ => null,
    };

    private static SuppressionReason? ReasonOf(string? text) => text switch
    {
        "BOUNCE" => SuppressionReason.Bounce,
        "COMPLAINT" => SuppressionReason.Complaint,
        _ => null,
    };

    private static ImportRecord Bad(long line, string problem) => new(line, "") { Problem = problem };

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
