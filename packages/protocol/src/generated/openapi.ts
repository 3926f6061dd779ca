/** The native protocol's objects, in the shape that the generator gives them. */
export interface components {
  schemas: {
    User: {
      id: string;
      external_id: string;
      name: string;
      role: string;
      avatar_url: string | null;
      is_staff: boolean;
    };
    Member: {
      user: components["schemas"]["User"] | null;
      part: string;
      read_seq: number;
      delivered_seq: number;
      joined_at: string;
      left_at: string | null;
      revision: number;
    };
    Attachment: {
      id: string;
      name: string;
      content_type: string;
      size_bytes: number;
      width: number | null;
      height: number | null;
      duration_ms: number | null;
      url: string;
    };
    MessageKind: "text" | "image" | "file" | "voice" | "system" | "payment" | "dispute" | "job_update";
    Reaction: { emoji: string; users: string[] };
    Message: {
      id: string;
      conversation: string;
      seq: number;
      revision: number;
      sender: string | null;
      sender_name: string;
      kind: components["schemas"]["MessageKind"];
      body: string;
      attachments: components["schemas"]["Attachment"][];
      metadata: unknown;
      reply_to: string | null;
      client_id: string | null;
      created_at: string;
      edited_at: string | null;
      deleted_at: string | null;
      reactions: components["schemas"]["Reaction"][];
    };
    Context: {
      kind: string;
      id: string | null;
      title: string | null;
      url: string | null;
      metadata: unknown;
    };
    ConversationStatus: "open" | "closed" | "archived";
    Conversation: {
      id: string;
      kind: "direct" | "desk";
      status: components["schemas"]["ConversationStatus"];
      title: string | null;
      context: components["schemas"]["Context"] | null;
      members: components["schemas"]["Member"][];
      last_message: components["schemas"]["Message"] | null;
      last_seq: number;
      revision: number;
      unread_count: number;
      muted: boolean;
      archived: boolean;
      created_at: string;
      last_activity_at: string;
    };
    SharedConversation: Omit<
      components["schemas"]["Conversation"],
      "last_message" | "unread_count" | "muted" | "archived"
    >;
    ReadMark: { read_seq: number; unread_count: number };
    DeliveredMark: { delivered_seq: number };
    OnlineUsers: { online: string[] };
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      code: string;
      retryable: boolean;
      request_id: string;
      retry_after_ms?: number;
      errors?: Record<string, string[]>;
    };
    ConversationPage: { items: components["schemas"]["Conversation"][]; next_cursor: string | null };
    MessageHistory: {
      items: components["schemas"]["Message"][];
      has_before: boolean;
      has_after: boolean;
      members: components["schemas"]["Member"][];
    };
    ConversationChanges: {
      conversation: components["schemas"]["Conversation"];
      messages: components["schemas"]["Message"][];
      revision: number;
      has_more: boolean;
    };
    Changes: {
      epoch: string;
      reset: boolean;
      conversations: components["schemas"]["ConversationChanges"][];
      removed: string[];
    };
  };
}
