using System.Text.Json;
using System.Text.RegularExpressions;
using Silo.Core.Addresses;
using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed partial class PythonEmailTests
{
    [PythonFact]
    public async Task The_email_package_of_Python_reads_composed_messages_as_they_were_given()
    {
        using var python = PythonFactAttribute.Start("read_messages.py");
        for (var seed = 0; seed < 300; seed++)
        {
            var draft = DraftGenerator.Draft(seed);
            var composed = Assert.IsType<ComposeResult.Composed>(MimeComposer.Compose(draft, DraftGenerator.Stamp(seed)));
            await python.StandardInput.WriteLineAsync(Convert.ToBase64String(composed.Content.Span));
            var line = await python.StandardOutput.ReadLineAsync();
            Assert.False(line is null, $"seed {seed}: python stopped");
            Check(draft, JsonDocument.Parse(line).RootElement, $"seed {seed}");
        }

        python.StandardInput.Close();
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
    }

    private static void Check(MessageDraft draft, JsonElement read, string because)
    {
        var defects = string.Join(' ', read.GetProperty("defects").EnumerateArray());
        Assert.True(defects.Length == 0, $"{because}: {defects}");
        // Its structured headers make one blank of several.
        Same(Blanks().Replace(draft.Subject.Data, " ").Trim(), Blanks().Replace(read.GetProperty("subject").GetString()!, " ").Trim(), because);
        SameMailboxes([draft.From], read.GetProperty("from"), because);
        SameMailboxes(draft.To, read.GetProperty("to"), because);
        var parts = read.GetProperty("parts").EnumerateArray().ToList();
        var texts = parts.Where(p => p.TryGetProperty("text", out _)).ToList();
        SameText(draft.Text, texts, "text/plain", because);
        SameText(draft.Html, texts, "text/html", because);
        foreach (var attachment in draft.Attachments)
        {
            Assert.True(parts.Any(p => p.TryGetProperty("file", out var file) && file.GetString() == attachment.FileName
                && p.GetProperty("content").GetBytesFromBase64().AsSpan().SequenceEqual(attachment.Content.Span)), $"{because}: {attachment.FileName}");
        }
    }

    private static void SameText(TextContent? given, List<JsonElement> texts, string type, string because)
    {
        var read = texts.Where(t => t.GetProperty("type").GetString() == type).Select(t => t.GetProperty("text").GetString()!).SingleOrDefault();
        Same(given?.Data.ReplaceLineEndings("\r\n").TrimEnd('\r', '\n') ?? "", read?.TrimEnd('\r', '\n') ?? "", because);
    }

    private static void SameMailboxes(IReadOnlyList<string> given, JsonElement read, string because)
    {
        // Up to 3.12 it keeps the blanks between encoded words of a name, against RFC 2047 6.2; so blanks do not count here.
        var expected = given.Select(text => Mailbox.TryParse(text, out var m) ? $"{m.DisplayName}|{m.Address}" : text);
        var actual = read.EnumerateArray().Select(pair => $"{pair[0].GetString()}|{pair[1].GetString()}");
        Same(string.Join('\n', expected).Replace(" ", ""), string.Join('\n', actual).Replace(" ", ""), because);
    }

    private static void Same(string expected, string actual, string because) =>
        Assert.True(expected == actual, $"{because}: expected\n{expected}\nbut read\n{actual}");

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
