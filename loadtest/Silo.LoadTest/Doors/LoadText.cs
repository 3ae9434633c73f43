using System.Text;

namespace Silo.LoadTest.Doors;

/// <summary>Text of the length that was asked for, in lines as mail has them; the same each time.</summary>
internal static class LoadText
{
    private const string Words =
        "Thank you for reading our news of today which has nothing new but its length and is sent for nobody to read but a sink at the end";

    /// <param name="bytes">1 and up; the text has exactly so many, its line ends included.</param>
    /// <param name="newLine">CR LF in mail, LF in JSON.</param>
    public static string Of(int bytes, string newLine)
    {
        var words = Words.Split(' ');
        var text = new StringBuilder(bytes + 80);
        for (var (word, column) = (0, 0); text.Length < bytes; word++)
        {
            var next = words[word % words.Length];
            if (column + next.Length > 70)
            {
                text.Append(newLine);
                column = 0;
            }

            text.Append(next).Append(' ');
            column += next.Length + 1;
        }

        text.Length = bytes;
        // The cut may fall between CR and LF, or behind them.
        for (var i = bytes - 1; i >= 0 && (text[i] is '\r' or '\n'); i--) text[i] = '.';
        return text.ToString();
    }

    /// <summary>So many bytes of an attachment, as base64 in lines of 76 or in one.</summary>
    public static string Attachment(int bytes, bool inLines)
    {
        var content = new byte[bytes];
        for (var i = 0; i < bytes; i++) content[i] = (byte)(i * 31);
        return Convert.ToBase64String(content, inLines ? Base64FormattingOptions.InsertLineBreaks : Base64FormattingOptions.None);
    }
}
