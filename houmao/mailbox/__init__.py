"""Mail between agents on the file system; `houmao.mailbox.box.Mailbox` is the way in."""
