int clua_placeholder;
